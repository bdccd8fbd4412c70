/** One customer: who they are, what they are worth, their segment and why, and what happened. */
import { Button, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconArrowBackUp, IconChartPie, IconChecklist, IconPoint, IconReceipt, type Icon } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { api, take } from "../api/client";
import { customerQuery, recommendationsQuery } from "../api/queries";
import type { Customer, TimelineEntry } from "../api/types";
import { count, country, date, tenth, whole } from "../lib/format";
import { links } from "../lib/links";
import { Companions } from "../ui/Companions";
import { Fact, Facts } from "../ui/Facts";
import { Link } from "../ui/Link";
import { PageHead } from "../ui/PageHead";
import { ErrorState, Lines, Loaded } from "../ui/States";
import { Money, None, When } from "../ui/Values";
import { Why } from "../ui/Why";

export function CustomerPage() {
  const { id = "" }: { id?: string } = useParams({ strict: false });
  const query = useQuery(customerQuery(id));
  const customer = query.data;
  const title = customer === undefined ? "Customer" : (customer.name ?? `Customer ${customer.external_id}`);
  return (
    <>
      <PageHead title={title} parent={{ href: links.customers(), label: "Customers" }} />
      <Loaded query={query} skeleton={<Lines n={8} height={60} />}>
        {(data) => (
          <div className="grid two">
            <Stack>
              <Worth customer={data} />
              <Timeline id={data.id} />
            </Stack>
            <Stack>
              <SegmentCard customer={data} />
              <Profile customer={data} />
              <NextPurchase customer={data} />
            </Stack>
          </div>
        )}
      </Loaded>
    </>
  );
}

function Worth({ customer }: { customer: Customer }) {
  const rows = links.orders({ customer: customer.id });
  return (
    <section className="card" aria-labelledby="worth">
      <Title order={2} id="worth">
        Value
      </Title>
      <Facts>
        <Fact label="Value after refunds">
          <Link href={rows}>
            <strong>
              <Money minor={customer.value_minor} currency={customer.currency} />
            </strong>
          </Link>
        </Fact>
        <Fact label="Orders">
          <Link href={rows}>{count(customer.n_orders, "order")}</Link>
        </Fact>
        <Fact label="Average order">
          <Money minor={customer.average_order_minor} currency={customer.currency} />
        </Fact>
        <Fact label="Between orders">
          {customer.average_interval_days == null ? <None /> : `${tenth(customer.average_interval_days)} days`}
        </Fact>
        <Fact label="Refunds">
          {customer.n_refunds === 0 ? (
            <None />
          ) : (
            <>
              {count(customer.n_refunds, "refund")},{" "}
              <Money minor={customer.refunded_minor} currency={customer.currency} />
            </>
          )}
        </Fact>
        <Fact label="Last order">
          <When at={customer.last_order_at} show="date" />
        </Fact>
      </Facts>
    </section>
  );
}

function SegmentCard({ customer }: { customer: Customer }) {
  const { segment, rfm } = customer;
  return (
    <section className="card" aria-labelledby="segment">
      <div className="card-head">
        <Title order={2} id="segment">
          {segment == null ? "No segment yet" : segment.name}
        </Title>
        {segment != null && (
          <Why what={segment.name} reasons={customer.segment_reasons} decisionId={customer.segment_decision_id} />
        )}
      </div>
      {rfm == null ? (
        <Text size="sm" c="dimmed">
          Segments are computed from orders; this customer has none that count.
        </Text>
      ) : (
        <Stack gap="xs">
          <dl className="scores">
            <Score
              label="Recency"
              score={rfm.recency_score}
              value={`${count(rfm.recency_days, "day")} since the last order`}
            />
            <Score label="Frequency" score={rfm.frequency_score} value={count(rfm.n_orders, "order")} />
            <Score
              label="Money"
              score={rfm.monetary_score}
              value={<Money minor={rfm.monetary_minor} currency={customer.currency} />}
            />
          </dl>
          <Text size="xs" c="dimmed">
            Scores from 1 to 5, compared with all other customers and counted up to {date(rfm.reference_date)}.
          </Text>
        </Stack>
      )}
      {segment != null && (
        <Text size="sm" mt="xs">
          <Link href={links.customers({ segment: segment.code })}>Show all customers of this segment</Link>
        </Text>
      )}
    </section>
  );
}

function Score({ label, score, value }: { label: string; score: number; value: React.ReactNode }) {
  return (
    <>
      <dt>
        {label}
        <div className="quiet">{value}</div>
      </dt>
      <dd className="num nowrap">
        <span className="score" aria-hidden="true">
          {[1, 2, 3, 4, 5].map((n) => (
            <span key={n} className={n <= score ? "on" : undefined} />
          ))}
        </span>{" "}
        {score} of 5
      </dd>
    </>
  );
}

function Profile({ customer }: { customer: Customer }) {
  return (
    <section className="card" aria-labelledby="profile">
      <Title order={2} id="profile">
        Profile
      </Title>
      <Facts>
        <Fact label="Number">{customer.external_id}</Fact>
        <Fact label="E-mail" wide>
          {customer.email ?? <None />}
        </Fact>
        <Fact label="Country">
          {customer.country == null ? (
            <None />
          ) : (
            <Link href={links.customers({ country: customer.country })}>{country(customer.country)}</Link>
          )}
        </Fact>
        <Fact label="Customer since">
          <When at={customer.first_order_at} show="date" />
        </Fact>
      </Facts>
    </section>
  );
}

function NextPurchase({ customer }: { customer: Customer }) {
  const query = useQuery(recommendationsQuery({ customer: customer.id, limit: 5 }));
  return (
    <section className="card" aria-labelledby="next">
      <div className="card-head">
        <Title order={2} id="next">
          What to suggest
        </Title>
        {query.data && (
          <Why
            what={`suggestions for ${customer.name ?? customer.external_id}`}
            reasons={query.data.reasons}
            decisionId={query.data.decision_id}
          />
        )}
      </div>
      <Loaded query={query} skeleton={<Lines n={4} />}>
        {(data) => <Companions items={data.items} currency={customer.currency} />}
      </Loaded>
    </section>
  );
}

const KIND_ICONS: Record<string, Icon> = {
  order: IconReceipt,
  refund: IconArrowBackUp,
  segment_entered: IconChartPie,
  decision: IconChecklist,
};

function Timeline({ id }: { id: string }) {
  const query = useInfiniteQuery({
    queryKey: ["customer", id, "timeline"],
    queryFn: ({ pageParam }) =>
      take(
        api.GET("/v1/customers/{id}/timeline", { params: { path: { id }, query: { limit: 20, cursor: pageParam } } }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
  const entries = query.data?.pages.flatMap((one) => one.items) ?? [];
  return (
    <section className="card" aria-labelledby="timeline">
      <Title order={2} id="timeline">
        Timeline
      </Title>
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton height={200} />}
      {query.isSuccess && entries.length === 0 && (
        <Text size="sm" c="dimmed">
          Nothing happened yet.
        </Text>
      )}
      <ol className="timeline">
        {entries.map((one, n) => (
          <Entry key={`${one.at} ${n}`} entry={one} />
        ))}
      </ol>
      {query.hasNextPage && (
        <Button
          mt="sm"
          variant="default"
          size="xs"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          Show earlier
        </Button>
      )}
      {query.isSuccess && !query.hasNextPage && entries.length > 20 && (
        <Text size="xs" c="dimmed" mt="xs">
          {whole(entries.length)} entries, all shown.
        </Text>
      )}
    </section>
  );
}

/** What a refund gives back counts against the customer's value. */
function signed(entry: TimelineEntry, minor: number): number {
  return entry.kind === "refund" ? -Math.abs(minor) : minor;
}

function Entry({ entry }: { entry: TimelineEntry }) {
  const KindIcon = KIND_ICONS[entry.kind] ?? IconPoint;
  return (
    <li>
      <span className="dot">
        <KindIcon size={15} aria-hidden />
      </span>
      <div>
        <Text size="sm" component="div">
          {entry.href == null ? entry.sentence : <Link href={entry.href}>{entry.sentence}</Link>}
        </Text>
        <Text size="xs" c="dimmed" component="div">
          <When at={entry.at} />
        </Text>
      </div>
      <Text size="sm" component="div">
        {entry.amount_minor != null && <Money minor={signed(entry, entry.amount_minor)} currency={entry.currency} />}
      </Text>
    </li>
  );
}
