/** The list of customers, filtered and sorted by the server. */
import { Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { countriesQuery, customersQuery, segmentsQuery } from "../api/queries";
import type { CustomerRow } from "../api/types";
import { country, whole } from "../lib/format";
import { useList, type Sorts } from "../lib/hooks";
import { links } from "../lib/links";
import type { Column } from "../ui/DataTable";
import { Choice, SearchField } from "../ui/Filters";
import { Link } from "../ui/Link";
import { ListRows, SortChoice } from "../ui/List";
import { PageHead } from "../ui/PageHead";
import { EmptyList } from "../ui/States";
import { Money, None, When } from "../ui/Values";

const SORTS: Sorts = [
  { value: "-value", label: "Highest value first" },
  { value: "-orders", label: "Most orders first" },
  { value: "-last_order", label: "Latest order first" },
  { value: "recency_days", label: "Fewest days since the last order" },
];

const COLUMNS: Column<CustomerRow>[] = [
  {
    key: "name",
    header: "Customer",
    name: true,
    cell: (row) => (
      <>
        <Link href={links.customer(row.id)}>{row.name ?? `Customer ${row.external_id}`}</Link>
        {row.email != null && <div className="quiet break">{row.email}</div>}
      </>
    ),
  },
  { key: "country", header: "Country", cell: (row) => (row.country == null ? <None /> : country(row.country)) },
  {
    key: "segment",
    header: "Segment",
    cell: (row) =>
      row.segment == null ? (
        <None label="no segment" />
      ) : (
        <Link href={links.customers({ segment: row.segment.code })}>{row.segment.name}</Link>
      ),
  },
  {
    key: "last",
    header: "Last order",
    sort: "-last_order",
    cell: (row) => <When at={row.last_order_at} show="date" />,
  },
  { key: "orders", header: "Orders", end: true, sort: "-orders", cell: (row) => <OrderCount row={row} /> },
  {
    key: "value",
    header: "Value",
    end: true,
    sort: "-value",
    cell: (row) => <Money minor={row.value_minor} currency={row.currency} />,
  },
];

function OrderCount({ row }: { row: CustomerRow }) {
  if (row.n_orders === 0) return <>0</>;
  return (
    <Link
      href={links.orders({ customer: row.id })}
      aria-label={`${whole(row.n_orders)} orders of ${row.name ?? row.external_id}`}
    >
      {whole(row.n_orders)}
    </Link>
  );
}

export function Customers() {
  const list = useList(SORTS);
  const { search, change } = list;
  const query = useQuery(customersQuery(list.asked));
  const segments = useQuery(segmentsQuery).data?.items ?? [];
  const countries = useQuery(countriesQuery).data?.items ?? [];
  const segment = segments.find((one) => one.code === search.segment);
  return (
    <>
      <PageHead title="Customers" about={segment && `${segment.name}: ${segment.advice}`} />
      <Stack gap="md">
        <div className="filters" role="search" aria-label="Filter the customers">
          <SearchField
            label="Search"
            placeholder="Name, e-mail or number"
            value={search.q}
            onChange={(q) => change({ q })}
          />
          <Choice
            label="Segment"
            all="All"
            searchable
            value={search.segment}
            options={segments.map((one) => ({ value: one.code, label: one.name }))}
            onChange={(next) => change({ segment: next })}
          />
          <Choice
            label="Country"
            all="All"
            searchable
            value={search.country}
            options={countries.map((value) => ({ value, label: country(value) }))}
            onChange={(next) => change({ country: next })}
          />
          <SortChoice sorts={SORTS} list={list} />
        </div>
        <ListRows
          label="Customers"
          path="/customers"
          noun="customer"
          list={list}
          query={query}
          columns={COLUMNS}
          rowKey={(row) => row.id}
          empty={<EmptyList nouns="customers" search={search} list={links.customers()} />}
        />
      </Stack>
    </>
  );
}
