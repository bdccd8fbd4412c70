/** Writes a promotion: a form for what it gives and when, with what the server says of it while it is typed. */
import { Alert, Checkbox, Group, Select, Stack, TagsInput, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { api, take } from "../api/client";
import { campaignsQuery, checkQuery, keepPromotion, promotionQuery } from "../api/promotions";
import { useStatus } from "../lib/hooks";
import { links } from "../lib/links";
import { emptyDraft, problemAt, toAsk, type Definition, type Draft } from "../lib/promotion";
import { CONDITION_NAMES } from "../lib/vocabulary";
import { ActionForm } from "../ui/ActionForm";
import { ActionButton, LinkButton } from "../ui/Buttons";
import { CountField, InstantField, MoneyField } from "../ui/Fields";
import { Choice } from "../ui/Filters";
import { PageHead } from "../ui/PageHead";
import { SimulationPanel } from "../ui/SimulationPanel";
import { ErrorState, Lines, Loaded } from "../ui/States";
import { TargetField } from "../ui/TargetField";
import { draftOf } from "./Promotion";
import { ConflictList } from "./Promotions";

/** How long after the last key the draft is looked at. */
const PAUSE_MS = 400;

export function NewPromotion() {
  const status = useStatus();
  return (
    <>
      <PageHead title="New promotion" parent={{ href: links.promotions(), label: "Promotions" }} />
      {status && <Builder id={null} revision={null} initial={emptyDraft(status.currency)} />}
    </>
  );
}

export function EditPromotion() {
  const { id = "" }: { id?: string } = useParams({ strict: false });
  const query = useQuery(promotionQuery(id));
  return (
    <>
      <PageHead
        title={query.data ? `Change ${query.data.name}` : "Change a promotion"}
        parent={{ href: links.promotion(id), label: query.data?.name ?? "Promotion" }}
      />
      <Loaded query={query} skeleton={<Lines n={6} height={48} />}>
        {(promotion) => <Builder id={id} revision={promotion.revision} initial={draftOf(promotion)} />}
      </Loaded>
    </>
  );
}

interface BuilderProps {
  id: string | null;
  /** As it was read; a change by somebody else since is refused. */
  revision: number | null;
  initial: Draft;
}

function Builder({ id, revision, initial }: BuilderProps) {
  const navigate = useNavigate();
  const [draft, setDraft] = useState(initial);
  // The revision of when the form was opened: what is read later must not overwrite another's change.
  const [known] = useState(revision);
  const [looked] = useDebouncedValue(draft, PAUSE_MS);
  const check = useQuery(checkQuery(looked, id));
  const [touched, setTouched] = useState(false);
  const problems = check.data?.problems ?? [];
  const at = (field: string) => (touched ? problemAt(problems, field) : null);
  const set = (changes: Partial<Draft>) => {
    setTouched(true);
    setDraft({ ...draft, ...changes });
  };
  const define = (changes: Partial<Definition>) => set({ definition: { ...draft.definition, ...changes } });
  const save = useMutation({
    mutationFn: () => {
      const body = { ...toAsk(draft), revision: known };
      return id === null
        ? take(api.POST("/v1/promotions", { body }))
        : take(api.PUT("/v1/promotions/{id}", { params: { path: { id } }, body }));
    },
    onSuccess: (promotion) => {
      keepPromotion(promotion);
      void navigate({ to: links.promotion(promotion.id) });
    },
  });
  const isCurrent = looked === draft && !check.isFetching;
  const reason =
    draft.name.trim() === ""
      ? "Give the promotion a name."
      : isCurrent && check.data && !check.data.is_valid
        ? (problems[0]?.sentence ?? "Something is not right yet.")
        : null;
  const parts = { draft, set, define, at };
  return (
    <form
      className="grid two"
      onSubmit={(event) => {
        event.preventDefault();
        setTouched(true);
        if (reason === null) save.mutate();
      }}
    >
      <Stack miw={0}>
        <What {...parts} />
        <WhenPart {...parts} />
        <Limits {...parts} />
        <Together {...parts} />
        {save.isError && <ErrorState error={save.error} />}
        <Group>
          <ActionButton type="submit" loading={save.isPending} disabledReason={reason}>
            {id === null ? "Keep as a draft" : "Keep the change"}
          </ActionButton>
          <LinkButton href={id === null ? links.promotions() : links.promotion(id)} variant="default">
            Cancel
          </LinkButton>
        </Group>
      </Stack>
      <Stack miw={0} className="beside">
        <section className="card" aria-labelledby="preview">
          <Title order={2} id="preview">
            In plain words
          </Title>
          {check.isError ? (
            <ErrorState error={check.error} onRetry={() => void check.refetch()} />
          ) : (
            <Text role="status" aria-live="polite" aria-busy={!isCurrent}>
              {check.data?.sentence ?? "…"}
            </Text>
          )}
          {touched && problems.length > 0 && (
            <Alert mt="sm" color="red" variant="light" icon={<IconAlertTriangle aria-hidden />} title="Not right yet">
              <ul className="plain-list dense">
                {problems.map((one, n) => (
                  <li key={n}>
                    {one.sentence}
                    {one.column !== null && ` At character ${one.column}.`}
                  </li>
                ))}
              </ul>
            </Alert>
          )}
        </section>
        {check.data && <ConflictList conflicts={check.data.conflicts} />}
        <SimulationPanel of={{ draft }} disabledReason={reason} />
      </Stack>
    </form>
  );
}

interface PartProps {
  draft: Draft;
  set: (changes: Partial<Draft>) => void;
  define: (changes: Partial<Definition>) => void;
  at: (field: string) => string | null;
}

function useCurrency(draft: Draft): string {
  const shop = useStatus()?.currency ?? "GBP";
  return draft.definition.currency ?? shop;
}

function What({ draft, set, define, at }: PartProps) {
  const currency = useCurrency(draft);
  const { definition } = draft;
  return (
    <section className="card" aria-labelledby="what">
      <Title order={2} id="what">
        What it gives
      </Title>
      <Stack>
        <TextInput
          label="Name"
          description="What customers read beside the discount"
          value={draft.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
          error={at("name")}
          maxLength={120}
          required
        />
        <ActionForm
          key={definition.action.kind}
          action={definition.action}
          currency={currency}
          onChange={(action) => define({ action })}
          at={(path) => at(`definition.action.${path}`)}
        />
        {definition.action.kind !== "gift" && (
          <TargetField
            label="On which products"
            value={definition.target ?? { of: "all" }}
            onChange={(target) => define({ target })}
            error={at("definition.target")}
          />
        )}
        <div className="pair">
          <MoneyField
            label="At most in one cart"
            description="Empty: no limit"
            currency={currency}
            value={definition.discount_minor_max ?? null}
            onChange={(discount_minor_max) => define({ discount_minor_max })}
            error={at("definition.discount_minor_max")}
          />
          <Select
            label="Where prices have a floor"
            data={[
              { value: "redistribute", label: "Other products take the rest" },
              { value: "forfeit", label: "The rest is lost" },
            ]}
            value={definition.floor ?? "redistribute"}
            onChange={(next) => next !== null && define({ floor: next })}
            allowDeselect={false}
          />
        </div>
      </Stack>
    </section>
  );
}

function WhenPart({ draft, set, define, at }: PartProps) {
  const currency = useCurrency(draft);
  const { definition } = draft;
  const minimum = definition.minimum ?? {};
  return (
    <section className="card" aria-labelledby="when">
      <Title order={2} id="when">
        When it applies
      </Title>
      <Stack>
        <div className="pair">
          <InstantField
            label="Starts (optional)"
            value={draft.starts_at}
            onChange={(starts_at) => set({ starts_at })}
            error={at("starts_at")}
          />
          <InstantField
            label="Ends (optional)"
            value={draft.ends_at}
            onChange={(ends_at) => set({ ends_at })}
            error={at("ends_at")}
          />
        </div>
        <Checkbox
          label="Only with a coupon code"
          description="Codes are made on the promotion's page, one by one or many at once"
          checked={definition.activation === "coupon"}
          onChange={(event) => define({ activation: event.currentTarget.checked ? "coupon" : "automatic" })}
        />
        <div className="pair">
          <MoneyField
            label="Its products come to at least"
            description="Empty: any amount"
            currency={currency}
            value={minimum.amount_minor ?? null}
            onChange={(amount_minor) => define({ minimum: { ...minimum, amount_minor } })}
            error={at("definition.minimum.amount_minor")}
          />
          <CountField
            label="At least so many of them"
            description="Empty: any number"
            unit="units"
            min={1}
            value={minimum.quantity ?? null}
            onChange={(quantity) => define({ minimum: { ...minimum, quantity } })}
            error={at("definition.minimum.quantity")}
          />
        </div>
        <Textarea
          label="Condition (optional)"
          description="A rule over cart, customer, channel and time. Amounts are in the smallest coin, before discounts."
          placeholder="customer.segment == 'champions' && time.hour >= 18"
          value={definition.condition ?? ""}
          onChange={(event) => define({ condition: event.currentTarget.value })}
          error={at("definition.condition")}
          autosize
          minRows={2}
          styles={{ input: { fontFamily: "monospace" } }}
        />
        <details>
          <summary>What a condition can ask about</summary>
          <dl className="words">
            {CONDITION_NAMES.map(([name, about]) => (
              <div key={name}>
                <dt>
                  <code>{name}</code>
                </dt>
                <dd>{about}</dd>
              </div>
            ))}
          </dl>
          <Text size="sm">
            Compare with == != &lt; &lt;= &gt; &gt;=, join with &amp;&amp; and ||, negate with !, ask for one of several
            with in. Texts stand in single quotes. has(customer.tier) is true where it is known.
          </Text>
        </details>
      </Stack>
    </section>
  );
}

function Limits({ draft, set, at }: PartProps) {
  const currency = useCurrency(draft);
  const campaigns = useQuery(campaignsQuery).data?.items ?? [];
  return (
    <section className="card" aria-labelledby="limits">
      <Title order={2} id="limits">
        How much of it there is
      </Title>
      <div className="pair">
        <CountField
          label="Uses in all"
          description="Empty: no limit"
          min={1}
          value={draft.uses_max}
          onChange={(uses_max) => set({ uses_max })}
          error={at("uses_max")}
        />
        <CountField
          label="Uses of one customer"
          description="Empty: no limit"
          min={1}
          value={draft.customer_uses_max}
          onChange={(customer_uses_max) => set({ customer_uses_max })}
          error={at("customer_uses_max")}
        />
        <MoneyField
          label="Budget"
          description="Empty: no limit"
          currency={currency}
          value={draft.budget_minor_max}
          onChange={(budget_minor_max) => set({ budget_minor_max })}
          error={at("budget_minor_max")}
        />
        {(campaigns.length > 0 || draft.campaign !== null) && (
          <Choice
            label="Campaign whose budget it draws from"
            all="None"
            value={draft.campaign ?? undefined}
            options={campaigns.map((one) => ({ value: one.id, label: one.name }))}
            onChange={(campaign) => set({ campaign: campaign ?? null })}
          />
        )}
      </div>
    </section>
  );
}

function Together({ draft, define, at }: PartProps) {
  const { definition } = draft;
  const stacks = definition.stacks ?? { with: "all" };
  return (
    <section className="card" aria-labelledby="together">
      <Title order={2} id="together">
        With other promotions
      </Title>
      <Stack>
        <Checkbox
          label="Alone or not at all"
          description="No other promotion applies to a cart beside it"
          checked={definition.exclusive ?? false}
          onChange={(event) => define({ exclusive: event.currentTarget.checked })}
        />
        <div className="pair">
          <TagsInput
            label="Its tags"
            description="By which others say whether they go with it"
            value={definition.tags ?? []}
            onChange={(tags) => define({ tags })}
            error={at("definition.tags")}
            acceptValueOnBlur
            clearable={false}
          />
          <Select
            label="It goes"
            data={[
              { value: "all", label: "with all others" },
              { value: "only", label: "only with those tagged" },
              { value: "never", label: "never with those tagged" },
            ]}
            value={stacks.with}
            onChange={(next) => {
              const tags = "tags" in stacks ? stacks.tags : [];
              if (next !== null) define({ stacks: next === "all" ? { with: "all" } : { with: next as "only", tags } });
            }}
            allowDeselect={false}
          />
          {"tags" in stacks && (
            <TagsInput
              label="Tags of the others"
              value={stacks.tags}
              onChange={(tags) => define({ stacks: { ...stacks, tags } })}
              error={at("definition.stacks")}
              acceptValueOnBlur
              clearable={false}
            />
          )}
          <CountField
            label="Priority"
            description="Higher comes first"
            value={definition.priority ?? 0}
            onChange={(priority) => define({ priority: priority ?? 0 })}
            error={at("definition.priority")}
          />
          <Select
            label="Its discount is taken from"
            data={[
              { value: "before", label: "prices before other promotions" },
              { value: "after_earlier", label: "what earlier promotions left" },
            ]}
            value={definition.basis ?? "before"}
            onChange={(next) => next !== null && define({ basis: next })}
            allowDeselect={false}
          />
        </div>
      </Stack>
    </section>
  );
}
