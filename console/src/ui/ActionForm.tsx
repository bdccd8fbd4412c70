/** The form of what a promotion gives, one for each kind. */
import { ActionIcon, Button, Group, Select, Stack, TagsInput, Text } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import {
  ACTIONS,
  newAction,
  newBundle,
  type Action,
  type ActionKind,
  type BreakReward,
  type BundleOffer,
  type TierReward,
} from "../lib/promotion";
import { CountField, MoneyField, PercentField } from "./Fields";
import { SkuFinder } from "./Finder";
import { Sku } from "./Sku";
import { TargetField } from "./TargetField";

interface Props {
  action: Action;
  currency: string;
  onChange: (action: Action) => void;
  /** The sentence of what is wrong at a path below the action. */
  at: (path: string) => string | null;
}

export function ActionForm(props: Props) {
  return (
    <Stack>
      <Select
        label="What it gives"
        data={ACTIONS}
        value={props.action.kind}
        onChange={(next) => next !== null && props.onChange(newAction(next))}
        allowDeselect={false}
      />
      <Fields {...props} />
    </Stack>
  );
}

function Fields({ action, currency, onChange, at }: Props) {
  switch (action.kind) {
    case "percentage":
      return (
        <PercentField
          label="Off the price"
          value={action.basis_points}
          onChange={(basis_points) => onChange({ ...action, basis_points })}
          error={at("basis_points")}
        />
      );
    case "fixed_amount":
      return (
        <MoneyField
          label="Off in all"
          description="Shared over the lines by their value"
          currency={currency}
          value={action.amount_minor}
          onChange={(amount_minor) => onChange({ ...action, amount_minor })}
          error={at("amount_minor")}
        />
      );
    case "fixed_price":
      return (
        <MoneyField
          label="Price of one unit"
          description="Where it is lower than the usual one"
          currency={currency}
          value={action.unit_price_minor}
          onChange={(unit_price_minor) => onChange({ ...action, unit_price_minor })}
          error={at("unit_price_minor")}
        />
      );
    case "buy_get":
      return <BuyGet action={action} onChange={onChange} at={at} />;
    case "quantity_breaks":
      return <Breaks action={action} currency={currency} onChange={onChange} at={at} />;
    case "order_tiers":
      return <Tiers action={action} currency={currency} onChange={onChange} at={at} />;
    case "bundle":
      return <Bundles action={action} currency={currency} onChange={onChange} at={at} />;
    case "shipping":
      return (
        <div className="pair">
          <PercentField
            label="Off the shipping"
            description="100 % makes it free"
            value={action.basis_points}
            onChange={(basis_points) => onChange({ ...action, basis_points })}
            error={at("basis_points")}
          />
          <TagsInput
            label="Only these methods"
            description="Empty: all"
            value={action.methods ?? []}
            onChange={(methods) => onChange({ ...action, methods })}
            error={at("methods")}
            acceptValueOnBlur
            clearable={false}
          />
        </div>
      );
    case "gift":
      return (
        <Stack>
          {action.sku === "" ? (
            <Text size="sm" c="dimmed">
              Find the product that is given.
            </Text>
          ) : (
            <div>
              <Sku sku={action.sku} />
            </div>
          )}
          <SkuFinder label="The gift" error={at("sku")} onPick={({ sku }) => onChange({ ...action, sku })} />
          <CountField
            label="How many"
            unit="units"
            min={1}
            value={action.quantity}
            onChange={(quantity) => onChange({ ...action, quantity })}
            error={at("quantity")}
          />
        </Stack>
      );
  }
}

type Of<Kind extends ActionKind> = Extract<Action, { kind: Kind }>;

interface PartProps<Kind extends ActionKind> {
  action: Of<Kind>;
  onChange: (action: Action) => void;
  at: (path: string) => string | null;
}

function BuyGet({ action, onChange, at }: PartProps<"buy_get">) {
  return (
    <Stack>
      <div className="pair">
        <CountField
          label="Buy"
          unit="units"
          min={1}
          value={action.buy_quantity}
          onChange={(buy_quantity) => onChange({ ...action, buy_quantity })}
          error={at("buy_quantity")}
        />
        <CountField
          label="Then cheaper"
          unit="units"
          min={1}
          value={action.get_quantity}
          onChange={(get_quantity) => onChange({ ...action, get_quantity })}
          error={at("get_quantity")}
        />
        <PercentField
          label="How much cheaper"
          description="100 % is free"
          value={action.basis_points}
          onChange={(basis_points) => onChange({ ...action, basis_points })}
          error={at("basis_points")}
        />
        <CountField
          label="At most so often in one cart"
          description="Empty: as often as it fits"
          min={1}
          value={action.n_repeats_max ?? null}
          onChange={(n_repeats_max) => onChange({ ...action, n_repeats_max })}
          error={at("n_repeats_max")}
        />
      </div>
      {action.get_target == null ? (
        <Group>
          <Button
            size="xs"
            variant="default"
            onClick={() => onChange({ ...action, get_target: { of: "skus", values: [] } })}
          >
            The cheaper ones are other products
          </Button>
        </Group>
      ) : (
        <>
          <TargetField
            label="The cheaper ones"
            value={action.get_target}
            onChange={(get_target) => onChange({ ...action, get_target })}
            error={at("get_target")}
          />
          <Group>
            <Button size="xs" variant="default" onClick={() => onChange({ ...action, get_target: null })}>
              The cheaper ones are among the bought
            </Button>
          </Group>
        </>
      )}
    </Stack>
  );
}

interface StepProps {
  label: string;
  children: ReactNode;
  onRemove: (() => void) | null;
}

function Step({ label, children, onRemove }: StepProps) {
  return (
    <li>
      <Group justify="space-between" wrap="nowrap" mb={4}>
        <Text size="sm" fw={600}>
          {label}
        </Text>
        {onRemove && (
          <ActionIcon
            variant="subtle"
            color="gray"
            c="var(--mantine-color-text)"
            size="lg"
            aria-label={`Remove ${label}`}
            onClick={onRemove}
          >
            <IconTrash size={18} aria-hidden />
          </ActionIcon>
        )}
      </Group>
      {children}
    </li>
  );
}

function AddButton({ children, onClick }: { children: ReactNode; onClick: () => void }) {
  return (
    <Group>
      <Button size="xs" variant="default" leftSection={<IconPlus size={15} aria-hidden />} onClick={onClick}>
        {children}
      </Button>
    </Group>
  );
}

const replaced = <T,>(all: T[], n: number, one: T) => all.map((old, i) => (i === n ? one : old));
const without = <T,>(all: T[], n: number) => all.filter((_, i) => i !== n);

const BREAK_REWARDS = [
  { value: "percentage", label: "a percentage off" },
  { value: "unit_price", label: "another unit price" },
  { value: "amount_off_unit", label: "an amount off each unit" },
];

function newBreakReward(kind: string): BreakReward {
  if (kind === "unit_price") return { kind, unit_price_minor: null };
  return kind === "amount_off_unit" ? { kind, amount_minor: null } : { kind: "percentage", basis_points: 1000 };
}

interface RewardProps<T> {
  reward: T;
  currency: string;
  onChange: (reward: T) => void;
  error: string | null;
}

function BreakRewardField({ reward, currency, onChange, error }: RewardProps<BreakReward>) {
  return (
    <>
      <Select
        label="Then"
        data={BREAK_REWARDS}
        value={reward.kind}
        onChange={(next) => next !== null && onChange(newBreakReward(next))}
        allowDeselect={false}
      />
      {reward.kind === "percentage" ? (
        <PercentField
          label="Off"
          value={reward.basis_points}
          onChange={(basis_points) => onChange({ ...reward, basis_points })}
          error={error}
        />
      ) : reward.kind === "unit_price" ? (
        <MoneyField
          label="Price of one unit"
          currency={currency}
          value={reward.unit_price_minor}
          onChange={(unit_price_minor) => onChange({ ...reward, unit_price_minor })}
          error={error}
        />
      ) : (
        <MoneyField
          label="Off each unit"
          currency={currency}
          value={reward.amount_minor}
          onChange={(amount_minor) => onChange({ ...reward, amount_minor })}
          error={error}
        />
      )}
    </>
  );
}

function Breaks({ action, currency, onChange, at }: PartProps<"quantity_breaks"> & { currency: string }) {
  const { breaks } = action;
  return (
    <Stack>
      <Select
        label="Units are counted"
        data={[
          { value: "line", label: "on each line" },
          { value: "product", label: "of each product" },
          { value: "target", label: "of all its products together" },
        ]}
        value={action.per}
        onChange={(next) => next !== null && onChange({ ...action, per: next })}
        allowDeselect={false}
      />
      <ol className="plain-list divided">
        {breaks.map((one, n) => (
          <Step
            key={n}
            label={`Step ${n + 1}`}
            onRemove={breaks.length > 1 ? () => onChange({ ...action, breaks: without(breaks, n) }) : null}
          >
            <div className="pair">
              <CountField
                label="From"
                unit="units"
                min={1}
                value={one.quantity_min}
                onChange={(quantity_min) =>
                  onChange({ ...action, breaks: replaced(breaks, n, { ...one, quantity_min }) })
                }
                error={at(`breaks[${n}].quantity_min`)}
              />
              <BreakRewardField
                reward={one.reward}
                currency={currency}
                onChange={(reward) => onChange({ ...action, breaks: replaced(breaks, n, { ...one, reward }) })}
                error={at(`breaks[${n}].reward`)}
              />
            </div>
          </Step>
        ))}
      </ol>
      <AddButton
        onClick={() =>
          onChange({
            ...action,
            breaks: [...breaks, { quantity_min: null, reward: { kind: "percentage", basis_points: null } }],
          })
        }
      >
        Add a step
      </AddButton>
    </Stack>
  );
}

function TierRewardField({ reward, currency, onChange, error }: RewardProps<TierReward>) {
  return (
    <>
      <Select
        label="Then"
        data={[
          { value: "percentage", label: "a percentage off" },
          { value: "fixed_amount", label: "an amount off" },
        ]}
        value={reward.kind}
        onChange={(next) =>
          next !== null &&
          onChange(
            next === "fixed_amount" ? { kind: next, amount_minor: null } : { kind: "percentage", basis_points: 1000 },
          )
        }
        allowDeselect={false}
      />
      {reward.kind === "percentage" ? (
        <PercentField
          label="Off"
          value={reward.basis_points}
          onChange={(basis_points) => onChange({ ...reward, basis_points })}
          error={error}
        />
      ) : (
        <MoneyField
          label="Off"
          currency={currency}
          value={reward.amount_minor}
          onChange={(amount_minor) => onChange({ ...reward, amount_minor })}
          error={error}
        />
      )}
    </>
  );
}

function Tiers({ action, currency, onChange, at }: PartProps<"order_tiers"> & { currency: string }) {
  const { tiers } = action;
  return (
    <Stack>
      <ol className="plain-list divided">
        {tiers.map((one, n) => (
          <Step
            key={n}
            label={`Step ${n + 1}`}
            onRemove={tiers.length > 1 ? () => onChange({ ...action, tiers: without(tiers, n) }) : null}
          >
            <div className="pair">
              <MoneyField
                label="From a value of"
                currency={currency}
                value={one.amount_minor_min}
                onChange={(amount_minor_min) =>
                  onChange({ ...action, tiers: replaced(tiers, n, { ...one, amount_minor_min }) })
                }
                error={at(`tiers[${n}].amount_minor_min`)}
              />
              <TierRewardField
                reward={one.reward}
                currency={currency}
                onChange={(reward) => onChange({ ...action, tiers: replaced(tiers, n, { ...one, reward }) })}
                error={at(`tiers[${n}].reward`)}
              />
            </div>
          </Step>
        ))}
      </ol>
      <AddButton
        onClick={() =>
          onChange({
            ...action,
            tiers: [...tiers, { amount_minor_min: null, reward: { kind: "percentage", basis_points: null } }],
          })
        }
      >
        Add a step
      </AddButton>
    </Stack>
  );
}

function Bundles({ action, currency, onChange, at }: PartProps<"bundle"> & { currency: string }) {
  const { bundles } = action;
  const put = (n: number, bundle: BundleOffer) => onChange({ ...action, bundles: replaced(bundles, n, bundle) });
  return (
    <Stack>
      <ol className="plain-list divided">
        {bundles.map((bundle, n) => (
          <Step
            key={n}
            label={`Bundle ${n + 1}`}
            onRemove={bundles.length > 1 ? () => onChange({ ...action, bundles: without(bundles, n) }) : null}
          >
            <Stack>
              {bundle.parts.map((part, i) => (
                <div key={i} className="pair">
                  <TargetField
                    label={`Part ${i + 1}`}
                    value={part.target}
                    onChange={(target) => put(n, { ...bundle, parts: replaced(bundle.parts, i, { ...part, target }) })}
                    error={at(`bundles[${n}].parts[${i}].target`)}
                  />
                  <CountField
                    label={`Units of part ${i + 1}`}
                    unit="units"
                    min={1}
                    value={part.quantity}
                    onChange={(quantity) =>
                      put(n, { ...bundle, parts: replaced(bundle.parts, i, { ...part, quantity }) })
                    }
                    error={at(`bundles[${n}].parts[${i}].quantity`)}
                  />
                </div>
              ))}
              <Group gap="xs">
                <Button
                  size="xs"
                  variant="default"
                  onClick={() =>
                    put(n, { ...bundle, parts: [...bundle.parts, { target: { of: "skus", values: [] }, quantity: 1 }] })
                  }
                >
                  Add a part
                </Button>
                {bundle.parts.length > 1 && (
                  <Button
                    size="xs"
                    variant="default"
                    onClick={() => put(n, { ...bundle, parts: bundle.parts.slice(0, -1) })}
                  >
                    Remove the last part
                  </Button>
                )}
              </Group>
              <div className="pair">
                <MoneyField
                  label="Price of the bundle"
                  currency={currency}
                  value={bundle.price_minor}
                  onChange={(price_minor) => put(n, { ...bundle, price_minor })}
                  error={at(`bundles[${n}].price_minor`)}
                />
                <CountField
                  label="At most so many in one cart"
                  description="Empty: as many as fit"
                  min={1}
                  value={bundle.n_max ?? null}
                  onChange={(n_max) => put(n, { ...bundle, n_max })}
                  error={at(`bundles[${n}].n_max`)}
                />
              </div>
            </Stack>
          </Step>
        ))}
      </ol>
      <AddButton onClick={() => onChange({ ...action, bundles: [...bundles, newBundle()] })}>
        Add another bundle
      </AddButton>
    </Stack>
  );
}
