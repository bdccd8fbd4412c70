/** The list of products, filtered and sorted by the server. */
import { Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { productsQuery } from "../api/queries";
import type { ProductRow } from "../api/types";
import { whole } from "../lib/format";
import { useList, type Sorts } from "../lib/hooks";
import { links } from "../lib/links";
import type { Column } from "../ui/DataTable";
import { SearchField } from "../ui/Filters";
import { Link } from "../ui/Link";
import { ListRows, SortChoice } from "../ui/List";
import { PageHead } from "../ui/PageHead";
import { EmptyList } from "../ui/States";
import { Money, None, When } from "../ui/Values";

const SORTS: Sorts = [
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
  const list = useList(SORTS);
  const { search, change } = list;
  const query = useQuery(productsQuery(list.asked));
  return (
    <>
      <PageHead title="Products" actions={<Link href={links.forecasts()}>Show the forecasts</Link>} />
      <Stack gap="md">
        <div className="filters" role="search" aria-label="Filter the products">
          <SearchField label="Search" placeholder="Name or code" value={search.q} onChange={(q) => change({ q })} />
          <SortChoice sorts={SORTS} list={list} />
        </div>
        <ListRows
          label="Products"
          path="/products"
          noun="product"
          list={list}
          query={query}
          columns={COLUMNS}
          rowKey={(row) => row.id}
          empty={<EmptyList nouns="products" search={search} list={links.products()} />}
        />
      </Stack>
    </>
  );
}
