/** The list of orders, filtered and sorted by the server. */
import { Group, Pill, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { channelsQuery, customerQuery, ordersQuery, productQuery } from "../api/queries";
import type { OrderRow } from "../api/types";
import { country, whole } from "../lib/format";
import { useList, type ListState, type Sorts } from "../lib/hooks";
import { links } from "../lib/links";
import { word } from "../lib/words";
import type { Column } from "../ui/DataTable";
import { Choice, DateField, SearchField } from "../ui/Filters";
import { Link } from "../ui/Link";
import { ListRows, SortChoice } from "../ui/List";
import { PageHead } from "../ui/PageHead";
import { EmptyList } from "../ui/States";
import { Money, None, StateBadge, When } from "../ui/Values";

const SORTS: Sorts = [
  { value: "-placed_at", label: "Newest first" },
  { value: "placed_at", label: "Oldest first" },
  { value: "-total", label: "Largest total first" },
];
const STATUSES = ["open", "fulfilled", "cancelled"].map((value) => ({ value, label: word(value) }));

const COLUMNS: Column<OrderRow>[] = [
  { key: "number", header: "Order", name: true, cell: (row) => <Link href={links.order(row.id)}>{row.number}</Link> },
  { key: "placed", header: "Placed", sort: "-placed_at", cell: (row) => <When at={row.placed_at} /> },
  { key: "customer", header: "Customer", cell: (row) => <CustomerName row={row} /> },
  { key: "country", header: "Country", cell: (row) => (row.country == null ? <None /> : country(row.country)) },
  { key: "status", header: "Status", cell: (row) => <StateBadge state={row.status} /> },
  { key: "units", header: "Units", end: true, cell: (row) => whole(row.n_units) },
  {
    key: "refunded",
    header: "Refunded",
    end: true,
    cell: (row) => (row.refunded_minor === 0 ? <None /> : <Money minor={row.refunded_minor} currency={row.currency} />),
  },
  {
    key: "total",
    header: "Total",
    end: true,
    sort: "-total",
    cell: (row) => <Money minor={row.total_minor} currency={row.currency} />,
  },
];

function CustomerName({ row }: { row: OrderRow }) {
  if (row.customer == null) return <span className="quiet">Guest</span>;
  return (
    <Link href={links.customer(row.customer.id)}>{row.customer.name ?? `Customer ${row.customer.external_id}`}</Link>
  );
}

export function Orders() {
  const list = useList(SORTS);
  const query = useQuery(ordersQuery(list.asked));
  return (
    <>
      <PageHead title="Orders" />
      <Stack gap="md">
        <OrderFilters list={list} />
        <ListRows
          label="Orders"
          path="/orders"
          noun="order"
          list={list}
          query={query}
          columns={COLUMNS}
          rowKey={(row) => row.id}
          empty={<EmptyList nouns="orders" search={list.search} list={links.orders()} />}
        />
      </Stack>
    </>
  );
}

function OrderFilters({ list }: { list: ListState }) {
  const { search, change } = list;
  const channels = useQuery(channelsQuery).data?.items ?? [];
  return (
    <Stack gap="xs">
      <div className="filters" role="search" aria-label="Filter the orders">
        <SearchField
          label="Search"
          placeholder="Order number or customer"
          value={search.q}
          onChange={(q) => change({ q })}
        />
        <Choice
          label="Status"
          all="All"
          value={search.status}
          options={STATUSES}
          onChange={(status) => change({ status })}
        />
        <Choice
          label="Channel"
          all="All"
          value={search.channel}
          options={channels.map((one) => ({ value: one.code, label: one.name }))}
          onChange={(channel) => change({ channel })}
        />
        <DateField label="From" value={search.from} onChange={(from) => change({ from })} />
        <DateField label="To" value={search.to} onChange={(to) => change({ to })} />
        <SortChoice sorts={SORTS} list={list} />
      </div>
      <SubjectPills list={list} />
    </Stack>
  );
}

/** Says when only the orders of one customer or with one product are shown, and lets that go. */
function SubjectPills({ list }: { list: ListState }) {
  const { search, change } = list;
  const customer = useQuery({ ...customerQuery(search.customer ?? ""), enabled: search.customer !== undefined }).data;
  const product = useQuery({ ...productQuery(search.product ?? ""), enabled: search.product !== undefined }).data;
  if (search.customer === undefined && search.product === undefined) return null;
  return (
    <Group gap="xs">
      {search.customer !== undefined && (
        <Pill
          size="md"
          withRemoveButton
          onRemove={() => change({ customer: undefined })}
          removeButtonProps={{ "aria-label": "Show all customers", tabIndex: 0, "aria-hidden": false }}
        >
          Customer: {customer?.name ?? customer?.external_id ?? search.customer}
        </Pill>
      )}
      {search.product !== undefined && (
        <Pill
          size="md"
          withRemoveButton
          onRemove={() => change({ product: undefined })}
          removeButtonProps={{ "aria-label": "Show all products", tabIndex: 0, "aria-hidden": false }}
        >
          With: {product?.title ?? search.product}
        </Pill>
      )}
    </Group>
  );
}
