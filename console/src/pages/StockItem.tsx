/** One SKU: where it lies, what moved it, who holds it, what comes. */
import { Group, Select, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { api, take, toApiError } from "../api/client";
import {
  incomingQuery,
  locationsQuery,
  movementsQuery,
  reloadStock,
  stockHoldsQuery,
  stockItemQuery,
} from "../api/stock";
import type { Incoming, Movement, MovementReason, StockHold, StockItem, StockPlace } from "../api/types";
import { count, date, delta, whole } from "../lib/format";
import { useFilters, useStatus } from "../lib/hooks";
import { links } from "../lib/links";
import { word } from "../lib/words";
import { ActionButton } from "../ui/Buttons";
import { DataTable, type Column } from "../ui/DataTable";
import { Fact, Facts } from "../ui/Facts";
import { CountField } from "../ui/Fields";
import { Link } from "../ui/Link";
import { PageHead } from "../ui/PageHead";
import { Pager } from "../ui/Pager";
import { useSku } from "../ui/Sku";
import { ErrorState, Lines, Loaded } from "../ui/States";
import { Money, None, When } from "../ui/Values";

export function StockItemPage() {
  const { id = "" }: { id?: string } = useParams({ strict: false });
  const query = useQuery(stockItemQuery(id));
  const product = useSku(id);
  return (
    <>
      <PageHead
        title={product?.title ?? id}
        parent={{ href: links.stock(), label: "Stock" }}
        about={id}
        actions={product && <Link href={links.product(product.id)}>Show the product</Link>}
      />
      <Loaded query={query} skeleton={<Lines n={6} height={60} />}>
        {(item) => (
          <div className="grid">
            <Levels item={item} />
            <BookForms item={item} />
            <Expected sku={item.sku} />
            <Holds sku={item.sku} />
            <Movements sku={item.sku} />
          </div>
        )}
      </Loaded>
    </>
  );
}

const PLACES: Column<StockPlace>[] = [
  { key: "location", header: "Location", name: true, cell: (one) => <strong>{one.location}</strong> },
  { key: "available", header: "Available", end: true, cell: (one) => whole(one.available) },
  { key: "hand", header: "On hand", end: true, cell: (one) => whole(one.on_hand) },
  { key: "held", header: "Held", end: true, cell: (one) => whole(one.held) },
  { key: "incoming", header: "On its way", end: true, cell: (one) => whole(one.incoming) },
];

function Levels({ item }: { item: StockItem }) {
  const currency = useStatus()?.currency ?? "GBP";
  return (
    <section className="card" aria-labelledby="levels">
      <Title order={2} id="levels">
        What there is
      </Title>
      <Stack>
        <Facts>
          <Fact label="Available">
            <strong>{item.is_tracked ? count(item.available, "unit") : "not counted"}</strong>
            {item.is_low && " · low"}
          </Fact>
          <Fact label="On hand">{count(item.on_hand, "unit")}</Fact>
          <Fact label="Held for carts">{count(item.held, "unit")}</Fact>
          <Fact label="On its way">{count(item.incoming, "unit")}</Fact>
          <Fact label="Low from">{item.low_threshold === null ? <None /> : count(item.low_threshold, "unit")}</Fact>
          <Fact label="Cost of a unit">
            <Money minor={item.unit_cost_minor} currency={currency} />
          </Fact>
          <Fact label="Lowest price">
            <Money minor={item.price_floor_minor} currency={currency} />
          </Fact>
          <Fact label="Back-orders">
            {item.back_order === null
              ? "not taken"
              : `up to ${count(item.back_order.quantity_max, "unit")} from ${item.back_order.location}`}
          </Fact>
        </Facts>
        <DataTable label="By location" columns={PLACES} rows={item.places} rowKey={(one) => one.location} />
      </Stack>
    </section>
  );
}

type Act = MovementReason | "counted";

const ACTS: { value: Act; label: string }[] = [
  { value: "counted", label: "Count what lies there" },
  { value: "received", label: "Receive units" },
  { value: "moved", label: "Move units to another location" },
  { value: "returned", label: "Take returned units back" },
  { value: "damaged", label: "Write damaged units off" },
];

/** A key that books the same form once, however often it is sent. */
const newKey = () => `console-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;

function BookForms({ item }: { item: StockItem }) {
  const locations = useQuery(locationsQuery).data?.items ?? [];
  const [act, setAct] = useState<Act>("counted");
  const [place, setPlace] = useState<string | null>(null);
  const [to, setTo] = useState<string | null>(null);
  const [quantity, setQuantity] = useState<number | null>(null);
  const [key, setKey] = useState(newKey);
  const location = place ?? item.places[0]?.location ?? locations[0]?.code ?? null;
  const book = useMutation({
    mutationFn: async () => {
      const { sku } = item;
      const at = location ?? "";
      const n = quantity ?? 0;
      if (act === "counted") {
        await take(api.POST("/v1/stock/counts", { body: { counts: [{ key, sku, location: at, counted: n }] } }));
        return;
      }
      const movement = { key, reason: act, sku, location: at, to_location: act === "moved" ? to : null, quantity: n };
      await take(api.POST("/v1/stock/movements", { body: { movements: [movement] } }));
    },
    onSuccess: () => {
      notifications.show({ message: "Booked.", color: "green" });
      setQuantity(null);
      setKey(newKey());
      void reloadStock();
    },
  });
  const refused = book.isError ? toApiError(book.error) : null;
  const reason =
    location === null
      ? "There is no location yet."
      : quantity === null || (act !== "counted" && quantity === 0)
        ? "Say how many units."
        : act === "moved" && (to === null || to === location)
          ? "Say to which other location."
          : null;
  const choices = locations.map((one) => ({ value: one.code, label: one.name }));
  return (
    <section className="card" aria-labelledby="book">
      <Title order={2} id="book">
        Count, receive or move
      </Title>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (reason === null) book.mutate();
        }}
      >
        <Stack>
          <div className="pair">
            <Select
              label="What"
              data={ACTS}
              value={act}
              onChange={(next) => next !== null && setAct(next)}
              allowDeselect={false}
            />
            <Select label="Location" data={choices} value={location} onChange={setPlace} allowDeselect={false} />
            {act === "moved" && (
              <Select
                label="To"
                data={choices.filter((one) => one.value !== location)}
                value={to}
                onChange={setTo}
                allowDeselect={false}
              />
            )}
            <CountField
              label={act === "counted" ? "Units that lie there, held ones too" : "How many"}
              unit="units"
              value={quantity}
              onChange={setQuantity}
              error={
                refused?.field?.endsWith("quantity") || refused?.field?.endsWith("counted") ? refused.message : null
              }
            />
          </div>
          {book.isError && <ErrorState error={book.error} />}
          <Group>
            <ActionButton type="submit" loading={book.isPending} disabledReason={reason}>
              Book
            </ActionButton>
          </Group>
        </Stack>
      </form>
    </section>
  );
}

const INCOMING: Column<Incoming>[] = [
  { key: "due", header: "Due", name: true, cell: (one) => date(one.due_on) },
  { key: "location", header: "To", cell: (one) => one.location },
  {
    key: "units",
    header: "Still to come",
    end: true,
    cell: (one) => `${whole(one.outstanding)} of ${whole(one.quantity)}`,
  },
  { key: "reference", header: "Order", cell: (one) => one.reference ?? <None /> },
];

function Expected({ sku }: { sku: string }) {
  const items = useQuery(incomingQuery(sku)).data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <section className="card" aria-labelledby="incoming">
      <Title order={2} id="incoming">
        On its way
      </Title>
      <DataTable label="On its way" columns={INCOMING} rows={items} rowKey={(one) => one.id} />
    </section>
  );
}

/** What a hold or a movement is about, as a link where it has a page. */
function Subject({ subject }: { subject: string }) {
  if (subject.startsWith("quo_")) return <Link href={links.quote(subject)}>A cart</Link>;
  if (subject.startsWith("ord_")) return <Link href={links.order(subject)}>An order</Link>;
  if (subject.startsWith("fls_")) return <Link href={links.flashSale(subject)}>A flash sale</Link>;
  return subject === "" || subject.startsWith("stock:") ? <None /> : <span className="break">{subject}</span>;
}

const HOLDS: Column<StockHold>[] = [
  { key: "subject", header: "For", name: true, cell: (one) => <Subject subject={one.subject} /> },
  { key: "location", header: "Location", cell: (one) => one.location },
  { key: "units", header: "Units", end: true, cell: (one) => whole(one.quantity) },
  { key: "until", header: "Until", cell: (one) => <When at={one.expires_at} /> },
];

function Holds({ sku }: { sku: string }) {
  const query = useQuery(stockHoldsQuery(sku));
  return (
    <section className="card" aria-labelledby="holds">
      <Title order={2} id="holds">
        Held now
      </Title>
      <Loaded query={query} skeleton={<Lines n={2} />}>
        {(page) =>
          page.items.length === 0 ? (
            <Text size="sm" c="dimmed">
              No cart holds units of it.
            </Text>
          ) : (
            <DataTable label="Held now" columns={HOLDS} rows={page.items} rowKey={(one) => one.id} />
          )
        }
      </Loaded>
    </section>
  );
}

const change = (n: number) => (n === 0 ? <None /> : delta(n));

const MOVES: Column<Movement>[] = [
  { key: "at", header: "When", name: true, cell: (one) => <When at={one.at} /> },
  { key: "reason", header: "Why", cell: (one) => word(one.reason) },
  { key: "location", header: "Location", cell: (one) => one.location },
  { key: "subject", header: "About", cell: (one) => <Subject subject={one.subject} /> },
  { key: "hand", header: "On hand", end: true, cell: (one) => change(one.on_hand) },
  { key: "held", header: "Held", end: true, cell: (one) => change(one.held) },
  { key: "available", header: "Available", end: true, cell: (one) => change(one.available) },
];

function Movements({ sku }: { sku: string }) {
  const [search] = useFilters();
  const query = useQuery(movementsQuery(sku, search.cursor));
  return (
    <section className="card" aria-labelledby="movements">
      <Title order={2} id="movements">
        What moved it
      </Title>
      <Loaded query={query} skeleton={<Lines n={4} />}>
        {(page) =>
          page.items.length === 0 ? (
            <Text size="sm" c="dimmed">
              Nothing moved yet.
            </Text>
          ) : (
            <>
              <DataTable
                label="Movements"
                columns={MOVES}
                rows={page.items}
                rowKey={(one) => `${one.transfer_id} ${one.location} ${one.lot} ${one.other} ${one.kind}`}
              />
              <Pager list={links.stockItem(sku)} search={search} shown={page} noun="movement" />
            </>
          )
        }
      </Loaded>
    </section>
  );
}
