/** The list of orders, filtered and sorted by the server. */
import { Group, Pill, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { channelsQuery, customerQuery, ordersQuery, productQuery } from "../api/queries";
import type { OrderRow } from "../api/types";
import { country, whole } from "../lib/format";
import { useFilters } from "../lib/hooks";
import { links } from "../lib/links";
import type { Search } from "../lib/urlState";
import { word } from "../lib/words";
import { DataTable, type Column } from "../ui/DataTable";
import { Choice, DateField, SearchField } from "../ui/Filters";
import { Link } from "../ui/Link";
import { PageHead } from "../ui/PageHead";
import { Pager } from "../ui/Pager";
import { EmptyList, Lines, Loaded } from "../ui/States";
import { Money, None, StateBadge, When } from "../ui/Values";

const DEFAULT_SORT = "-placed_at";
const SORTS = [
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
  const [search, change] = useFilters();
  const { page: _, ...filters } = search;
  const sort = search.sort ?? DEFAULT_SORT;
  const query = useQuery(ordersQuery({ ...filters, sort }));
  return (
    <>
      <PageHead title="Orders" />
      <Stack gap="md">
        <OrderFilters search={search} sort={sort} change={change} />
        <Loaded query={query} skeleton={<Lines n={12} height={34} />}>
          {(shown) =>
            shown.items.length === 0 ? (
              <EmptyList nouns="orders" search={search} list={links.orders()} />
            ) : (
              <div aria-busy={query.isPlaceholderData}>
                <DataTable
                  label="Orders"
                  columns={COLUMNS}
                  rows={shown.items}
                  rowKey={(row) => row.id}
                  sort={sort}
                  onSort={(next) => change({ sort: next })}
                />
                <Pager list="/orders" search={search} shown={shown} noun="order" />
              </div>
            )
          }
        </Loaded>
      </Stack>
    </>
  );
}

interface FilterProps {
  search: Search;
  sort: string;
  change: (changes: Search) => void;
}

function OrderFilters({ search, sort, change }: FilterProps) {
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
        <Choice
          label="Sort by"
          value={sort}
          options={SORTS}
          onChange={(next) => change({ sort: next === DEFAULT_SORT ? undefined : next })}
        />
      </div>
      <SubjectPills search={search} change={change} />
    </Stack>
  );
}

/** Says when only the orders of one customer or with one product are shown, and lets that go. */
function SubjectPills({ search, change }: Pick<FilterProps, "search" | "change">) {
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
