/** Writes a flash sale down, as a draft that sells nothing yet. */
import { ActionIcon, Group, MultiSelect, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { api, take, toApiError } from "../api/client";
import { flashSaleQuery, keepFlashSale } from "../api/offers";
import { segmentsQuery } from "../api/queries";
import { stockItemQuery } from "../api/stock";
import type { FlashSale, FlashSaleAsk } from "../api/types";
import { money, whole } from "../lib/format";
import { useStatus } from "../lib/hooks";
import { links } from "../lib/links";
import { ActionButton, LinkButton } from "../ui/Buttons";
import { CountField, InstantField, MoneyField } from "../ui/Fields";
import { SkuFinder } from "../ui/Finder";
import { Link } from "../ui/Link";
import { PageHead } from "../ui/PageHead";
import { Sku, useSku } from "../ui/Sku";
import { EmptyState, ErrorState, Lines, Loaded } from "../ui/States";

interface Item {
  sku: string;
  unit_price_minor: number | null;
  n_units: number | null;
}

interface Draft {
  name: string;
  starts_at: string | null;
  ends_at: string | null;
  customer_units_max: number | null;
  segments: string[];
  turn_minutes: number | null;
  items: Item[];
}

const EMPTY: Draft = {
  name: "",
  starts_at: null,
  ends_at: null,
  customer_units_max: null,
  segments: [],
  turn_minutes: 5,
  items: [],
};

/** What is missing before the draft can be kept; the server checks the rest. */
function missing(draft: Draft): string | null {
  if (draft.name.trim() === "") return "Give the sale a name.";
  if (draft.starts_at === null) return "Say when it starts.";
  if (draft.ends_at === null) return "Say when it ends.";
  if (draft.items.length === 0) return "Add a product.";
  if (draft.items.some((item) => item.unit_price_minor === null)) return "Each product needs its price in the sale.";
  if (draft.items.some((item) => !item.n_units)) return "Each product needs its number of units.";
  if (!draft.turn_minutes) return "Say how long a turn in the queue lasts.";
  return null;
}

function askOf(draft: Draft): FlashSaleAsk {
  return {
    name: draft.name.trim(),
    starts_at: draft.starts_at ?? "",
    ends_at: draft.ends_at ?? "",
    customer_units_max: draft.customer_units_max,
    segments: draft.segments,
    turn_minutes: draft.turn_minutes ?? 0,
    items: draft.items.map(({ sku, unit_price_minor, n_units }) => ({
      sku,
      unit_price_minor: unit_price_minor ?? 0,
      n_units: n_units ?? 0,
    })),
  };
}

export function NewFlashSale() {
  return (
    <>
      <PageHead title="New flash sale" parent={{ href: links.flashSales(), label: "Flash sales" }} />
      <SaleForm id={null} initial={EMPTY} />
    </>
  );
}

export function EditFlashSale() {
  const { id = "" }: { id?: string } = useParams({ strict: false });
  const query = useQuery(flashSaleQuery(id));
  return (
    <>
      <PageHead
        title={query.data ? `Change ${query.data.name}` : "Change a flash sale"}
        parent={{ href: links.flashSale(id), label: query.data?.name ?? "Flash sale" }}
      />
      <Loaded query={query} skeleton={<Lines n={6} height={48} />}>
        {(sale: FlashSale) =>
          sale.state === "draft" ? (
            <SaleForm id={sale.id} initial={sale} />
          ) : (
            <EmptyState
              title="This sale cannot be changed any more"
              action={<Link href={links.flashSale(id)}>Back to the sale</Link>}
            >
              Shoppers may have seen it: only a draft can be written anew. It can be ended.
            </EmptyState>
          )
        }
      </Loaded>
    </>
  );
}

function SaleForm({ id, initial }: { id: string | null; initial: Draft }) {
  const navigate = useNavigate();
  const [draft, setDraft] = useState(initial);
  const set = (changes: Partial<Draft>) => setDraft({ ...draft, ...changes });
  const save = useMutation({
    mutationFn: () =>
      id === null
        ? take(api.POST("/v1/flash-sales", { body: askOf(draft) }))
        : take(api.PUT("/v1/flash-sales/{id}", { params: { path: { id } }, body: askOf(draft) })),
    onSuccess: (sale) => {
      keepFlashSale(sale);
      void navigate({ to: links.flashSale(sale.id) });
    },
  });
  const refused = save.isError ? toApiError(save.error) : null;
  const at = (field: string) => (refused?.field === field ? refused.message : null);
  const segments = useQuery(segmentsQuery).data?.items ?? [];
  const reason = missing(draft);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (reason === null) save.mutate();
      }}
    >
      <Stack>
        <section className="card" aria-labelledby="when">
          <Title order={2} id="when">
            What and when
          </Title>
          <Stack>
            <TextInput
              label="Name"
              description="What customers read"
              value={draft.name}
              onChange={(event) => set({ name: event.currentTarget.value })}
              error={at("name")}
              maxLength={120}
              required
            />
            <div className="pair">
              <InstantField
                label="Starts"
                value={draft.starts_at}
                onChange={(starts_at) => set({ starts_at })}
                error={at("starts_at")}
                required
              />
              <InstantField
                label="Ends"
                value={draft.ends_at}
                onChange={(ends_at) => set({ ends_at })}
                error={at("ends_at")}
                required
              />
            </div>
          </Stack>
        </section>
        <Items draft={draft} set={set} at={at} />
        <section className="card" aria-labelledby="who">
          <Title order={2} id="who">
            Who may buy
          </Title>
          <div className="pair">
            <CountField
              label="One shopper may have"
              description="Empty: as many as there are"
              unit="units"
              min={1}
              value={draft.customer_units_max}
              onChange={(customer_units_max) => set({ customer_units_max })}
              error={at("customer_units_max")}
            />
            <MultiSelect
              label="Only these segments"
              description="Empty: everybody"
              data={segments.map((one) => ({ value: one.code, label: one.name }))}
              value={draft.segments}
              onChange={(next) => set({ segments: next })}
              error={at("segments")}
              clearable
              clearButtonProps={{ "aria-label": "Open to everybody" }}
            />
            <CountField
              label="A turn in the queue lasts"
              description="Then the next shopper comes"
              unit="min"
              min={1}
              value={draft.turn_minutes}
              onChange={(turn_minutes) => set({ turn_minutes })}
              error={at("turn_minutes")}
              required
            />
          </div>
        </section>
        {save.isError && <ErrorState error={save.error} />}
        <Group>
          <ActionButton type="submit" loading={save.isPending} disabledReason={reason}>
            Keep the draft
          </ActionButton>
          <LinkButton href={id === null ? links.flashSales() : links.flashSale(id)} variant="default">
            Cancel
          </LinkButton>
        </Group>
      </Stack>
    </form>
  );
}

interface ItemsProps {
  draft: Draft;
  set: (changes: Partial<Draft>) => void;
  at: (field: string) => string | null;
}

function Items({ draft, set, at }: ItemsProps) {
  const { items } = draft;
  const replace = (n: number, changes: Partial<Item>) =>
    set({ items: items.map((one, i) => (i === n ? { ...one, ...changes } : one)) });
  return (
    <section className="card" aria-labelledby="items">
      <Title order={2} id="items">
        Products
      </Title>
      <Stack>
        {items.length === 0 && (
          <Text size="sm" c="dimmed">
            No products yet. Each gets its price in the sale and its number of units.
          </Text>
        )}
        <ul className="plain-list divided" aria-label="Products of the sale">
          {items.map((item, n) => (
            <li key={item.sku}>
              <Group justify="space-between" wrap="nowrap" align="start">
                <div className="break">
                  <Sku sku={item.sku} />
                  <StockHint sku={item.sku} wanted={item.n_units ?? 0} />
                </div>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  c="var(--mantine-color-text)"
                  size="lg"
                  aria-label={`Remove ${item.sku}`}
                  onClick={() => set({ items: items.filter((one) => one !== item) })}
                >
                  <IconTrash size={18} aria-hidden />
                </ActionIcon>
              </Group>
              <div className="pair">
                <ItemPrice
                  item={item}
                  onChange={(unit_price_minor) => replace(n, { unit_price_minor })}
                  error={at(`items[${n}].unit_price_minor`)}
                />
                <CountField
                  label={`Units of ${item.sku}`}
                  unit="units"
                  min={1}
                  value={item.n_units}
                  onChange={(n_units) => replace(n, { n_units })}
                  error={at(`items[${n}].n_units`) ?? at(`items[${n}].sku`)}
                />
              </div>
            </li>
          ))}
        </ul>
        <SkuFinder
          error={at("items")}
          onPick={({ sku }) => {
            if (items.some((one) => one.sku === sku)) return;
            set({ items: [...items, { sku, unit_price_minor: null, n_units: null }] });
          }}
        />
      </Stack>
    </section>
  );
}

interface ItemPriceProps {
  item: Item;
  onChange: (minor: number | null) => void;
  error: string | null;
}

function ItemPrice({ item, onChange, error }: ItemPriceProps) {
  const shopCurrency = useStatus()?.currency ?? "GBP";
  const product = useSku(item.sku);
  const currency = product?.currency ?? shopCurrency;
  const usual = product?.price_minor ?? null;
  return (
    <MoneyField
      label={`Price of ${item.sku} in the sale`}
      description={usual === null ? undefined : `Usually ${money(usual, currency)}`}
      currency={currency}
      value={item.unit_price_minor}
      onChange={onChange}
      error={error}
    />
  );
}

/** What there is of a SKU, and whether it is enough. */
function StockHint({ sku, wanted }: { sku: string; wanted: number }) {
  const stock = useQuery({ ...stockItemQuery(sku), retry: false }).data;
  if (stock === undefined) return null;
  const available = stock.available;
  return (
    <Text size="sm" c={wanted > available ? "var(--mantine-color-error)" : "dimmed"}>
      <Link href={links.stockItem(sku)}>{whole(available)} available</Link> in stock
      {wanted > available && ": fewer than the sale wants"}
    </Text>
  );
}
