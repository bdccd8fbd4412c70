/** The promotions: what they do, what they gave, what is left of them, and which get in each other's way. */
import { Alert, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { conflictsQuery, promotionsQuery } from "../api/promotions";
import type { Promotion } from "../api/types";
import { count, whole } from "../lib/format";
import { useFilters, useStatus } from "../lib/hooks";
import { links } from "../lib/links";
import type { Definition } from "../lib/promotion";
import { isFiltered } from "../lib/urlState";
import { word } from "../lib/words";
import { LinkButton } from "../ui/Buttons";
import { DataTable, type Column } from "../ui/DataTable";
import { Choice, SearchField } from "../ui/Filters";
import { Link } from "../ui/Link";
import { PageHead } from "../ui/PageHead";
import { Pager } from "../ui/Pager";
import { EmptyState, Lines, Loaded } from "../ui/States";
import { Money, None, StateBadge } from "../ui/Values";

const STATES = ["draft", "active", "paused", "ended"].map((value) => ({ value, label: word(value) }));

function columns(shopCurrency: string): Column<Promotion>[] {
  return [
    {
      key: "name",
      header: "Promotion",
      name: true,
      cell: (one) => (
        <>
          <Link href={links.promotion(one.id)}>
            <strong>{one.name}</strong>
          </Link>
          <div className="quiet">{one.sentence}</div>
        </>
      ),
    },
    {
      key: "state",
      header: "State",
      cell: (one) => (
        <>
          <StateBadge state={one.state} />
          {one.state === "active" && !one.is_running && <div className="quiet">outside its dates</div>}
        </>
      ),
    },
    {
      key: "uses",
      header: "Uses",
      end: true,
      cell: (one) => (
        <>
          {whole(one.n_uses)}
          {one.uses_left !== null && <div className="quiet nowrap">{whole(one.uses_left)} left</div>}
        </>
      ),
    },
    {
      key: "given",
      header: "Discount given",
      end: true,
      cell: (one) =>
        one.discounts_given.length === 0 ? (
          <None />
        ) : (
          one.discounts_given.map((given) => (
            <div key={given.currency}>
              <Money minor={given.amount_minor} currency={given.currency} />
            </div>
          ))
        ),
    },
    {
      key: "budget",
      header: "Budget left",
      end: true,
      cell: (one) =>
        one.budget_minor_left === null ? (
          <None label="no budget" />
        ) : (
          <Money
            minor={one.budget_minor_left}
            currency={(one.definition as unknown as Definition).currency ?? shopCurrency}
          />
        ),
    },
  ];
}

export function Promotions() {
  const [search, change] = useFilters();
  const { q, state, cursor } = search;
  const query = useQuery(promotionsQuery({ q, state, cursor }));
  const currency = useStatus()?.currency ?? "GBP";
  return (
    <>
      <PageHead
        title="Promotions"
        about="What is taken off carts, when, and what it came to."
        actions={
          <LinkButton href={links.newPromotion} leftSection={<IconPlus size={16} aria-hidden />}>
            Write a promotion
          </LinkButton>
        }
      />
      <Stack gap="md">
        <div className="filters" role="search" aria-label="Filter the promotions">
          <SearchField
            label="Search"
            placeholder="Name, tag or campaign"
            value={q}
            onChange={(next) => change({ q: next })}
          />
          <Choice label="State" all="All" value={state} options={STATES} onChange={(next) => change({ state: next })} />
        </div>
        <ConflictNote />
        <Loaded query={query} skeleton={<Lines n={6} height={48} />}>
          {(page) =>
            page.items.length === 0 ? (
              isFiltered(search) ? (
                <EmptyState
                  title="No promotions found"
                  action={<Link href={links.promotions()}>Clear the filters</Link>}
                >
                  Nothing matches these filters.
                </EmptyState>
              ) : (
                <EmptyState
                  title="There are no promotions yet"
                  action={<Link href={links.newPromotion}>Write the first one</Link>}
                >
                  A draft gives nothing: it can be tried on past orders before it is let run.
                </EmptyState>
              )
            ) : (
              <div aria-busy={query.isPlaceholderData} className="wide-name">
                <DataTable label="Promotions" columns={columns(currency)} rows={page.items} rowKey={(one) => one.id} />
                <Pager list="/promotions" search={search} shown={page} noun="promotion" />
              </div>
            )
          }
        </Loaded>
      </Stack>
    </>
  );
}

/** Which active promotions get in each other's way. */
function ConflictNote() {
  const conflicts = useQuery(conflictsQuery).data;
  if (conflicts === undefined || conflicts.items.length === 0) return null;
  const n = conflicts.items.length;
  return (
    <details className="card">
      <summary>
        <Text span fw={600}>
          {conflicts.is_cut ? "More than " : ""}
          {count(n, "thing")} to know about how active promotions meet
        </Text>
      </summary>
      <ul className="plain-list divided dense" style={{ marginTop: 12 }}>
        {conflicts.items.map((one, i) => (
          <li key={i}>
            <Text size="sm">
              {one.sentence}{" "}
              {one.promotion !== null && (
                <Link href={links.promotion(one.promotion)} className="link inline">
                  Show it
                </Link>
              )}
            </Text>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** What gets in a promotion's way, beside the promotion itself. */
export function ConflictList({ conflicts }: { conflicts: { sentence: string; other: string | null }[] }) {
  if (conflicts.length === 0) return null;
  return (
    <Alert
      color="orange"
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      title={`How it meets ${count(conflicts.length, "active promotion")}`}
    >
      <ul className="plain-list dense">
        {conflicts.map((one, n) => (
          <li key={n}>
            {one.sentence}{" "}
            {one.other !== null && (
              <Link href={links.promotion(one.other)} className="link inline">
                Show the other
              </Link>
            )}
          </li>
        ))}
      </ul>
    </Alert>
  );
}
