/** Today: what needs a decision, what changed, and how sales go against last week and the forecast. */
import { Alert, Group, SimpleGrid, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconArrowDownRight, IconArrowUpRight, IconCalendar, IconEqual } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { todayQuery } from "../api/queries";
import type { Decision, Today as TodayData } from "../api/types";
import { addDays, changeOf, count, date, dateRange, money, moneyCompact, moneyWhole, whole } from "../lib/format";
import { decisionTitle } from "../lib/decision";
import { links } from "../lib/links";
import { word } from "../lib/words";
import { Chart, LegendItem } from "../ui/Chart";
import { Decide } from "../ui/Decide";
import { Link } from "../ui/Link";
import { PageHead } from "../ui/PageHead";
import { EmptyState, Loaded } from "../ui/States";
import { Money, When } from "../ui/Values";
import { Why } from "../ui/Why";

export function Today() {
  const query = useQuery(todayQuery);
  return (
    <>
      <PageHead
        title="Today"
        about={
          query.data?.as_of != null && !query.data.is_historic ? `Figures up to ${date(query.data.as_of)}` : undefined
        }
      />
      <Loaded query={query} skeleton={<TodaySkeleton />}>
        {(today) => (today.as_of == null ? <NoOrders /> : <Figures today={today} />)}
      </Loaded>
    </>
  );
}

function TodaySkeleton() {
  return (
    <Stack role="status" aria-label="Loading the figures">
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
        {[0, 1, 2, 3].map((n) => (
          <Skeleton key={n} height={104} />
        ))}
      </SimpleGrid>
      <Skeleton height={300} />
      <Skeleton height={260} />
    </Stack>
  );
}

function NoOrders() {
  return (
    <EmptyState title="There are no orders yet" action={<Link href={links.import()}>Import orders</Link>}>
      Give Mercer last year's orders as a file, and this page says what to suggest, whom to care for and what will sell.
    </EmptyState>
  );
}

function Figures({ today }: { today: TodayData }) {
  return (
    <div className="grid">
      {today.is_historic && today.as_of != null && (
        <Alert color="blue" variant="light" icon={<IconCalendar aria-hidden />} py="xs">
          Figures are up to {date(today.as_of)}, the day of the last order.
        </Alert>
      )}
      <Headlines today={today} />
      <div className="grid two">
        <div className="grid">
          <NeedsDecision today={today} />
          <SalesChart today={today} />
        </div>
        <div className="grid">
          <Changed today={today} />
          <Rising today={today} />
        </div>
      </div>
    </div>
  );
}

function Headlines({ today }: { today: TodayData }) {
  const { sales, currency } = today;
  const rows = links.orders({ from: sales.from, to: sales.to });
  const before = links.orders({ from: addDays(sales.from, -7), to: addDays(sales.from, -1) });
  const forecast = sales.forecast_next_7_days;
  return (
    <section aria-label="Sales of the last 7 days">
      <Text size="sm" c="dimmed" mb={6}>
        Last 7 days, {dateRange(sales.from, sales.to)}, against <Link href={before}>the 7 days before</Link>
      </Text>
      <div className="stats">
        <Stat
          label="Sales"
          href={rows}
          value={moneyWhole(sales.total_minor, currency)}
          exact={money(sales.total_minor, currency)}
        >
          <Change
            now={sales.total_minor}
            before={sales.previous.total_minor}
            was={moneyWhole(sales.previous.total_minor, currency)}
          />
        </Stat>
        <Stat label="Orders" href={rows} value={whole(sales.n_orders)}>
          <Change now={sales.n_orders} before={sales.previous.n_orders} was={whole(sales.previous.n_orders)} />
        </Stat>
        <Stat label="Units sold" href={rows} value={whole(sales.n_units)}>
          <Change now={sales.n_units} before={sales.previous.n_units} was={whole(sales.previous.n_units)} />
        </Stat>
        <Stat
          label="Forecast, next 7 days"
          href={links.forecasts()}
          value={forecast == null ? "–" : `${whole(forecast.n_units)} units`}
        >
          {forecast == null ? (
            <Text fz={13} c="dimmed">
              Not computed yet
            </Text>
          ) : (
            <>
              <Change now={forecast.n_units} before={sales.n_units} was={whole(sales.n_units)} />
              <Text fz={13} c="dimmed">
                80 % sure: {whole(forecast.low_80)} to {whole(forecast.high_80)}
              </Text>
            </>
          )}
        </Stat>
      </div>
    </section>
  );
}

interface StatProps {
  label: string;
  value: string;
  exact?: string;
  href: string;
  children: ReactNode;
}

function Stat({ label, value, exact, href, children }: StatProps) {
  return (
    <div className="card">
      <div className="stat-label">{label}</div>
      <div className="stat-value" title={exact}>
        <Link href={href} aria-label={`${label}: ${value}, show the rows`}>
          {value}
        </Link>
      </div>
      {children}
    </div>
  );
}

function Change({ now, before, was }: { now: number; before: number; was: string }) {
  const change = changeOf(now, before);
  if (change === null) {
    return (
      <Text size="sm" c="dimmed">
        none in the week before
      </Text>
    );
  }
  const ChangeIcon = { up: IconArrowUpRight, down: IconArrowDownRight, same: IconEqual }[change.direction];
  return (
    <Group gap={4} wrap="nowrap" align="start">
      <ChangeIcon size={16} aria-hidden style={{ flexShrink: 0, marginTop: 2 }} />
      <Text fz={13} component="span">
        {change.text} <span className="quiet">from {was}</span>
      </Text>
    </Group>
  );
}

function NeedsDecision({ today }: { today: TodayData }) {
  const { total, items } = today.needs_decision;
  return (
    <section className="card" aria-labelledby="needs-decision">
      <div className="card-head">
        <Title order={2} id="needs-decision">
          Needs a decision
        </Title>
        {total > 0 && (
          <Link href={links.decisions({ state: "proposed", sort: "-at_stake" })}>Show {count(total, "proposal")}</Link>
        )}
      </div>
      {items.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nothing waits for you. New proposals appear here, the ones with the most money at stake first.
        </Text>
      ) : (
        <ul className="plain-list divided">
          {items.map((one) => (
            <Proposal key={one.id} decision={one} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Proposal({ decision }: { decision: Decision }) {
  const { summary, subject_label: label } = decision;
  const title = label === "" || summary.includes(label) ? summary : label;
  const first = decision.reasons[0];
  return (
    <li>
      <div>
        <Text fw={600} className="break" component="div">
          <Link href={decision.subject_href ?? links.decision(decision.id)}>{title}</Link>
        </Text>
        <Text size="sm" c="dimmed">
          {word(decision.kind)}
          {decision.at_stake_minor != null && (
            <>
              {" · "}
              <Money minor={decision.at_stake_minor} currency={decision.currency} /> at stake
            </>
          )}
          {" · "}
          <When at={decision.decided_at} show="relative" />
        </Text>
      </div>
      <Text size="sm" mt={4} mb="xs">
        {title === summary ? "" : `${summary} `}
        {first?.sentence}
      </Text>
      <Group gap="xs">
        <Decide decision={decision} />
        <Why what={decisionTitle(decision)} reasons={decision.reasons} decisionId={decision.id} />
      </Group>
    </li>
  );
}

function SalesChart({ today }: { today: TodayData }) {
  const { sales, currency } = today;
  const points = sales.days.map((day) => ({
    date: day.date,
    value: day.total_minor,
    detail: `${count(day.n_orders, "order")}, ${count(day.n_units, "unit")}`,
    quiet: day.date < sales.from,
  }));
  return (
    <section className="card" aria-labelledby="sales-28">
      <div className="card-head">
        <Title order={2} id="sales-28">
          Sales by day, last 28 days
        </Title>
        {points[0] && <Link href={links.orders({ from: points[0].date, to: sales.to })}>Show the orders</Link>}
      </div>
      <Chart
        label="Sales by day, last 28 days"
        kind="bars"
        points={points}
        valueName="Sales"
        format={(value) => money(value, currency)}
        formatAxis={(value) => moneyCompact(value, currency)}
        formatDate={(day) => date(day, "weekday")}
        legend={
          <>
            <LegendItem draw="bar">Last 7 days</LegendItem>
            <LegendItem draw="quiet">Before</LegendItem>
          </>
        }
      />
    </section>
  );
}

function Changed({ today }: { today: TodayData }) {
  return (
    <section className="card" aria-labelledby="changed">
      <Title order={2} id="changed">
        What changed in the last 7 days
      </Title>
      {today.changed.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nothing worth telling in the last 7 days.
        </Text>
      ) : (
        <ul className="plain-list divided">
          {today.changed.map((one) => (
            <li key={`${one.kind} ${one.sentence}`}>
              <Link href={one.href}>{one.sentence}</Link>
              <Text size="sm" c="dimmed">
                <When at={one.at} show="relative" />
              </Text>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Rising({ today }: { today: TodayData }) {
  return (
    <section className="card" aria-labelledby="rising">
      <div className="card-head">
        <Title order={2} id="rising">
          Rising products
        </Title>
        <Link href={links.forecasts({ sort: "-change" })}>Show all</Link>
      </div>
      {today.rising.length === 0 ? (
        <Text size="sm" c="dimmed">
          No product is expected to sell clearly more than before.
        </Text>
      ) : (
        <ul className="plain-list divided">
          {today.rising.map((one) => (
            <li key={one.product.id}>
              <Link href={links.product(one.product.id)}>{one.product.title}</Link>
              <Text size="sm" c="dimmed" className="num">
                {whole(one.expected_units_28d)} units expected in 28 days, after {whole(one.sold_units_28d)} sold
              </Text>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
