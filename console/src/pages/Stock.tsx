/** What is in stock, by SKU: on hand, held, available, on its way. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAlertTriangle, IconFileImport } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { locationsQuery, stockQuery } from "../api/stock";
import type { StockRow } from "../api/types";
import { whole } from "../lib/format";
import { useFilters, useStatus } from "../lib/hooks";
import { links } from "../lib/links";
import { isFiltered } from "../lib/urlState";
import { DataTable, type Column } from "../ui/DataTable";
import { Choice, SearchField } from "../ui/Filters";
import { Link } from "../ui/Link";
import { PageHead } from "../ui/PageHead";
import { Pager } from "../ui/Pager";
import { useSku } from "../ui/Sku";
import { EmptyState, Lines, Loaded } from "../ui/States";
import { StockImport } from "../ui/StockImport";
import { Money, None } from "../ui/Values";

const LOW = [{ value: "yes", label: "Only low ones" }];

function StockName({ sku }: { sku: string }) {
  const title = useSku(sku)?.title;
  return (
    <>
      <Link href={links.stockItem(sku)}>{title ?? sku}</Link>{" "}
      {title !== undefined && <span className="quiet nowrap">{sku}</span>}
    </>
  );
}

function columns(currency: string): Column<StockRow>[] {
  return [
    { key: "sku", header: "Product", name: true, cell: (row) => <StockName sku={row.sku} /> },
    {
      key: "available",
      header: "Available",
      end: true,
      cell: (row) => (
        <>
          {row.is_tracked ? <strong>{whole(row.available)}</strong> : "not counted"}
          {row.is_low && (
            <Group gap={4} justify="end" wrap="nowrap" component="span" className="low">
              <IconAlertTriangle size={14} aria-hidden />
              low
            </Group>
          )}
        </>
      ),
    },
    { key: "hand", header: "On hand", end: true, cell: (row) => whole(row.on_hand) },
    { key: "held", header: "Held", end: true, cell: (row) => (row.held === 0 ? <None /> : whole(row.held)) },
    {
      key: "incoming",
      header: "On its way",
      end: true,
      cell: (row) => (row.incoming === 0 ? <None /> : whole(row.incoming)),
    },
    {
      key: "low",
      header: "Low from",
      end: true,
      cell: (row) => (row.low_threshold === null ? <None /> : whole(row.low_threshold)),
    },
    {
      key: "cost",
      header: "Cost of a unit",
      end: true,
      cell: (row) => <Money minor={row.unit_cost_minor} currency={currency} />,
    },
  ];
}

export function Stock() {
  const [search, change] = useFilters();
  const { q, location, low, cursor } = search;
  const query = useQuery(stockQuery({ q, location, low, cursor }));
  const locations = useQuery(locationsQuery).data?.items ?? [];
  const currency = useStatus()?.currency ?? "GBP";
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <PageHead
        title="Stock"
        about="Units that can be sold are available; held ones wait in carts for their order."
        actions={
          <Button variant="default" leftSection={<IconFileImport size={16} aria-hidden />} onClick={open}>
            Import a stock file
          </Button>
        }
      />
      <StockImport opened={opened} onClose={close} locations={locations} />
      <Stack gap="md">
        <div className="filters" role="search" aria-label="Filter the stock">
          <SearchField label="Search" placeholder="SKU" value={q} onChange={(next) => change({ q: next })} />
          <Choice
            label="Location"
            all="All"
            value={location}
            options={locations.map((one) => ({ value: one.code, label: one.name }))}
            onChange={(next) => change({ location: next })}
          />
          <Choice label="Level" all="All" value={low} options={LOW} onChange={(next) => change({ low: next })} />
        </div>
        <Loaded query={query} skeleton={<Lines n={12} height={34} />}>
          {(page) =>
            page.items.length === 0 ? (
              isFiltered(search) ? (
                <EmptyState title="No stock found" action={<Link href={links.stock()}>Clear the filters</Link>}>
                  Nothing matches these filters.
                </EmptyState>
              ) : (
                <EmptyState
                  title="No stock is counted yet"
                  action={
                    <Button variant="default" onClick={open}>
                      Import a stock file
                    </Button>
                  }
                >
                  A table with a column of SKUs and one of units is enough.
                </EmptyState>
              )
            ) : (
              <div aria-busy={query.isPlaceholderData}>
                {location !== undefined && (
                  <Text size="sm" c="dimmed" mb="xs">
                    Figures are of this location only.
                  </Text>
                )}
                <DataTable label="Stock" columns={columns(currency)} rows={page.items} rowKey={(row) => row.sku} />
                <Pager list="/stock" search={search} shown={page} noun="SKU" />
              </div>
            )
          }
        </Loaded>
      </Stack>
    </>
  );
}
