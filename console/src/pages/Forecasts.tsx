/** The forecasts of all products: what will sell, and what changes most. */
import { Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { topForecastsQuery } from "../api/queries";
import type { TopForecast } from "../api/types";
import { changeOf, whole } from "../lib/format";
import { useList, type Sorts } from "../lib/hooks";
import { links } from "../lib/links";
import { word } from "../lib/words";
import type { Column } from "../ui/DataTable";
import { Link } from "../ui/Link";
import { ListRows, SortChoice } from "../ui/List";
import { PageHead } from "../ui/PageHead";
import { EmptyState } from "../ui/States";

const SORTS: Sorts = [
  { value: "-expected", label: "Most units expected first" },
  { value: "-change", label: "Largest rise first" },
];

const COLUMNS: Column<TopForecast>[] = [
  {
    key: "product",
    header: "Product",
    name: true,
    cell: (one) => (
      <>
        <Link href={links.product(one.product.id)}>{one.product.title}</Link>{" "}
        <span className="quiet nowrap">{one.product.sku}</span>
      </>
    ),
  },
  {
    key: "expected",
    header: "Expected, next 28 days",
    end: true,
    sort: "-expected",
    cell: (one) => `${whole(one.expected_units_28d)} units`,
  },
  {
    key: "interval",
    header: "80 % interval",
    end: true,
    cell: (one) => `${whole(one.low_80)} to ${whole(one.high_80)}`,
  },
  { key: "sold", header: "Sold, last 28 days", end: true, cell: (one) => `${whole(one.sold_units_28d)} units` },
  {
    key: "change",
    header: "Change",
    end: true,
    sort: "-change",
    cell: (one) => (
      <span className="nowrap">{changeOf(one.expected_units_28d, one.sold_units_28d)?.text ?? "none sold before"}</span>
    ),
  },
  { key: "method", header: "Method", cell: (one) => word(one.method) },
];

export function Forecasts() {
  const list = useList(SORTS);
  const query = useQuery(topForecastsQuery({ sort: list.sort, cursor: list.search.cursor }));
  return (
    <>
      <PageHead title="Forecasts" parent={{ href: links.products(), label: "Products" }} />
      <Stack gap="md">
        <div className="filters">
          <SortChoice sorts={SORTS} list={list} />
        </div>
        <ListRows
          label="Forecasts"
          path="/forecasts"
          noun="product"
          list={list}
          query={query}
          columns={COLUMNS}
          rowKey={(one) => one.product.id}
          empty={
            <EmptyState title="No forecasts yet" action={<Link href={links.import()}>Import orders</Link>}>
              They are computed by themselves after orders come in, for products with enough history.
            </EmptyState>
          }
        />
      </Stack>
    </>
  );
}
