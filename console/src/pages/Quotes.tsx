/** The carts that were priced lately. */
import { Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { quotesQuery } from "../api/offers";
import type { QuoteRow } from "../api/types";
import { count } from "../lib/format";
import { useFilters } from "../lib/hooks";
import { links } from "../lib/links";
import { isFiltered } from "../lib/urlState";
import { word } from "../lib/words";
import { DataTable, type Column } from "../ui/DataTable";
import { Choice } from "../ui/Filters";
import { Link } from "../ui/Link";
import { PageHead } from "../ui/PageHead";
import { Pager } from "../ui/Pager";
import { EmptyState, Lines, Loaded } from "../ui/States";
import { Money, None, StateBadge, When } from "../ui/Values";

const STATES = ["priced", "held", "committed", "released", "expired"].map((value) => ({ value, label: word(value) }));

const COLUMNS: Column<QuoteRow>[] = [
  {
    key: "id",
    header: "Quote",
    name: true,
    cell: (row) => (
      <Link href={links.quote(row.id)}>
        <When at={row.created_at} />
      </Link>
    ),
  },
  { key: "state", header: "State", cell: (row) => <StateBadge state={row.state} /> },
  { key: "lines", header: "Lines", end: true, cell: (row) => count(row.n_lines, "line") },
  {
    key: "customer",
    header: "Customer",
    cell: (row) =>
      row.customer_id === null ? (
        <span className="quiet">Visitor</span>
      ) : (
        <Link href={links.customer(row.customer_id)}>Show the customer</Link>
      ),
  },
  { key: "order", header: "Order", cell: (row) => (row.order === null ? <None /> : row.order) },
  {
    key: "off",
    header: "Discounts",
    end: true,
    cell: (row) =>
      row.discount_minor === 0 ? <None /> : <Money minor={-row.discount_minor} currency={row.currency} />,
  },
  {
    key: "total",
    header: "To pay",
    end: true,
    cell: (row) => <Money minor={row.total_minor} currency={row.currency} />,
  },
];

export function Quotes() {
  const [search, change] = useFilters();
  const query = useQuery(quotesQuery({ state: search.state, cursor: search.cursor }));
  return (
    <>
      <PageHead
        title="Quotes"
        parent={{ href: links.quoteTester(), label: "Quote tester" }}
        about="Carts that were priced, by a storefront or by the tester, latest first."
      />
      <Stack gap="md">
        <div className="filters" role="search" aria-label="Filter the quotes">
          <Choice
            label="State"
            all="All"
            value={search.state}
            options={STATES}
            onChange={(state) => change({ state })}
          />
        </div>
        <Loaded query={query} skeleton={<Lines n={10} height={34} />}>
          {(page) =>
            page.items.length === 0 ? (
              isFiltered(search) ? (
                <EmptyState title="No quotes found" action={<Link href={links.quotes()}>Show all quotes</Link>}>
                  No quote is in this state now.
                </EmptyState>
              ) : (
                <EmptyState
                  title="No cart was priced yet"
                  action={<Link href={links.quoteTester()}>Price a cart</Link>}
                >
                  A storefront asks for a price with each change of its cart.
                </EmptyState>
              )
            ) : (
              <div aria-busy={query.isPlaceholderData}>
                <DataTable label="Quotes" columns={COLUMNS} rows={page.items} rowKey={(row) => row.id} />
                <Pager list="/quotes" search={search} shown={page} noun="quote" />
              </div>
            )
          }
        </Loaded>
      </Stack>
    </>
  );
}
