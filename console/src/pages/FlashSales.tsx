/** The flash sales: what is on, what comes, what was. */
import { Group, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { flashSalesQuery } from "../api/offers";
import type { FlashSale } from "../api/types";
import { clock, whole } from "../lib/format";
import { useFilters, useServerNow } from "../lib/hooks";
import { links } from "../lib/links";
import { inAll, phaseOf, secondsOf } from "../lib/sale";
import { LinkButton } from "../ui/Buttons";
import { DataTable, type Column } from "../ui/DataTable";
import { Link } from "../ui/Link";
import { PageHead } from "../ui/PageHead";
import { Pager } from "../ui/Pager";
import { EmptyState, Lines, Loaded } from "../ui/States";
import { UnitBar } from "../ui/UnitBar";
import { StateBadge, When } from "../ui/Values";

function columns(now: number): Column<FlashSale>[] {
  return [
    {
      key: "name",
      header: "Sale",
      name: true,
      cell: (sale) => <Link href={links.flashSale(sale.id)}>{sale.name}</Link>,
    },
    {
      key: "state",
      header: "State",
      cell: (sale) => {
        const phase = phaseOf(sale, now);
        return (
          <Group gap={6}>
            <StateBadge state={phase} />
            {(phase === "on" || phase === "scheduled") && (
              <Text span fz="sm" className="num nowrap">
                {phase === "on" ? "" : "starts in "}
                {clock(secondsOf(sale, now))}
                {phase === "on" ? " left" : ""}
              </Text>
            )}
          </Group>
        );
      },
    },
    { key: "starts", header: "Starts", cell: (sale) => <When at={sale.starts_at} /> },
    { key: "ends", header: "Ends", cell: (sale) => <When at={sale.ends_at} /> },
    { key: "sold", header: "Units sold", end: true, cell: (sale) => whole(inAll(sale.items, "n_sold")) },
    {
      key: "left",
      header: "Units left",
      end: true,
      cell: (sale) =>
        sale.state === "draft" ? (
          <span className="nowrap">{whole(inAll(sale.items, "n_units"))} planned</span>
        ) : (
          <UnitBar left={inAll(sale.items, "n_left")} of={inAll(sale.items, "n_units")} />
        ),
    },
  ];
}

export function FlashSales() {
  const [search] = useFilters();
  const query = useQuery({ ...flashSalesQuery({ cursor: search.cursor }), refetchInterval: 15_000 });
  const now = useServerNow(true);
  return (
    <>
      <PageHead
        title="Flash sales"
        about="A few units for a short time, never one too many. Who comes late waits in a fair queue."
        actions={
          <LinkButton href={links.newFlashSale} leftSection={<IconPlus size={16} aria-hidden />}>
            Write a flash sale
          </LinkButton>
        }
      />
      <Loaded query={query} skeleton={<Lines n={6} height={44} />}>
        {(page) =>
          page.items.length === 0 ? (
            <EmptyState
              title="There are no flash sales yet"
              action={<Link href={links.newFlashSale}>Write the first one</Link>}
            >
              A draft sells nothing: it is scheduled when you say so.
            </EmptyState>
          ) : (
            <>
              <DataTable label="Flash sales" columns={columns(now)} rows={page.items} rowKey={(sale) => sale.id} />
              <Pager list="/flash-sales" search={search} shown={page} noun="flash sale" />
            </>
          )
        }
      </Loaded>
    </>
  );
}
