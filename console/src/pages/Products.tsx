/** The list of products, filtered and sorted by the server. */
import { Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { productsQuery } from "../api/queries";
import type { ProductRow } from "../api/types";
import { whole } from "../lib/format";
import { useFilters } from "../lib/hooks";
import { links } from "../lib/links";
import { DataTable, type Column } from "../ui/DataTable";
import { Choice, SearchField } from "../ui/Filters";
import { Link } from "../ui/Link";
import { PageHead } from "../ui/PageHead";
import { Pager } from "../ui/Pager";
import { EmptyList, Lines, Loaded } from "../ui/States";
import { Money, None, When } from "../ui/Values";

const DEFAULT_SORT = "-revenue";
const SORTS = [
  { value: "-revenue", label: "Highest revenue first" },
  { value: "-units", label: "Most units first" },
  { value: "-last_sold", label: "Latest sale first" },
  { value: "title", label: "Name, A to Z" },
];

const COLUMNS: Column<ProductRow>[] = [
  {
    key: "title",
    header: "Product",
    name: true,
    sort: "title",
    cell: (row) => (
      <>
        <Link href={links.product(row.id)}>{row.title}</Link> <span className="quiet nowrap">{row.sku}</span>
      </>
    ),
  },
  { key: "category", header: "Category", cell: (row) => row.category ?? <None /> },
  {
    key: "price",
    header: "Price",
    end: true,
    cell: (row) => <Money minor={row.price_minor} currency={row.currency} />,
  },
  { key: "last", header: "Last sold", sort: "-last_sold", cell: (row) => <When at={row.last_sold_at} show="date" /> },
  {
    key: "orders",
    header: "Orders",
    end: true,
    cell: (row) => (
      <Link href={links.orders({ product: row.id })} aria-label={`${whole(row.n_orders)} orders with ${row.title}`}>
        {whole(row.n_orders)}
      </Link>
    ),
  },
  { key: "units", header: "Units", end: true, sort: "-units", cell: (row) => whole(row.n_units) },
  {
    key: "revenue",
    header: "Revenue",
    end: true,
    sort: "-revenue",
    cell: (row) => <Money minor={row.revenue_minor} currency={row.currency} />,
  },
];

export function Products() {
  const [search, change] = useFilters();
  const { page: _, ...filters } = search;
  const sort = search.sort ?? DEFAULT_SORT;
  const query = useQuery(productsQuery({ ...filters, sort }));
  return (
    <>
      <PageHead title="Products" actions={<Link href={links.forecasts()}>Show the forecasts</Link>} />
      <Stack gap="md">
        <div className="filters" role="search" aria-label="Filter the products">
          <SearchField label="Search" placeholder="Name or code" value={search.q} onChange={(q) => change({ q })} />
          <Choice
            label="Sort by"
            value={sort}
            options={SORTS}
            onChange={(next) => change({ sort: next === DEFAULT_SORT ? undefined : next })}
          />
        </div>
        <Loaded query={query} skeleton={<Lines n={12} height={34} />}>
          {(shown) =>
            shown.items.length === 0 ? (
              <EmptyList nouns="products" search={search} list={links.products()} />
            ) : (
              <div aria-busy={query.isPlaceholderData}>
                <DataTable
                  label="Products"
                  columns={COLUMNS}
                  rows={shown.items}
                  rowKey={(row) => row.id}
                  sort={sort}
                  onSort={(next) => change({ sort: next })}
                />
                <Pager list="/products" search={search} shown={shown} noun="product" />
              </div>
            )
          }
        </Loaded>
      </Stack>
    </>
  );
}
