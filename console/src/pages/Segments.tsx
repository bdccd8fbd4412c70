/** The segments: how many customers, what they are worth, and what to do for them. */
import { Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { segmentExampleQuery, segmentsQuery } from "../api/queries";
import type { Segment, SegmentList } from "../api/types";
import { count, date, money, moneyWhole, percent, tenth, whole } from "../lib/format";
import { links } from "../lib/links";
import { DataTable, type Column } from "../ui/DataTable";
import { Link } from "../ui/Link";
import { PageHead } from "../ui/PageHead";
import { ReasonList } from "../ui/Reasons";
import { EmptyState, Lines, Loaded } from "../ui/States";
import { Money, When } from "../ui/Values";
import { Why } from "../ui/Why";

export function Segments() {
  const query = useQuery(segmentsQuery);
  return (
    <>
      <PageHead
        title="Segments"
        about={
          query.data && (
            <>
              By recency, frequency and money
              {query.data.reference_date != null && `, counted up to ${date(query.data.reference_date)}`}. Computed{" "}
              <When at={query.data.computed_at} show="relative" />.
            </>
          )
        }
      />
      <Loaded query={query} skeleton={<Lines n={9} height={48} />}>
        {(data) =>
          data.items.length === 0 ? (
            <EmptyState title="No segments yet" action={<Link href={links.import()}>Import orders</Link>}>
              They are computed by themselves after orders come in.
            </EmptyState>
          ) : (
            <SegmentTable data={data} />
          )
        }
      </Loaded>
    </>
  );
}

interface ShareProps {
  share: number;
  of: string;
  children: ReactNode;
}

/** A figure with its share of the whole, as text and as a bar. */
function Share({ share, of, children }: ShareProps) {
  return (
    <div className="share">
      <span className="nowrap">
        {children} <span className="quiet">{percent(share)}</span>
      </span>
      <span className="bar" title={`${percent(share)} of ${of}`} aria-hidden="true">
        <span style={{ width: `${share * 100}%` }} />
      </span>
    </div>
  );
}

function SegmentTable({ data }: { data: SegmentList }) {
  const value = data.items.reduce((sum, one) => sum + one.value_minor, 0);
  const nCustomers = data.items.reduce((sum, one) => sum + one.n_customers, 0);
  const columns: Column<Segment>[] = [
    {
      key: "name",
      header: "Segment",
      name: true,
      cell: (one) => (
        <>
          <Link href={links.customers({ segment: one.code })}>
            <strong>{one.name}</strong>
          </Link>
          <div className="quiet">{one.description}</div>
        </>
      ),
    },
    { key: "advice", header: "What to do", cell: (one) => <span className="advice">{one.advice}</span> },
    {
      key: "n",
      header: "Customers",
      end: true,
      cell: (one) => (
        <Share share={one.share} of="customers">
          <Link
            href={links.customers({ segment: one.code })}
            aria-label={`${count(one.n_customers, "customer")} in ${one.name}`}
          >
            {whole(one.n_customers)}
          </Link>
        </Share>
      ),
    },
    {
      key: "value",
      header: "Value",
      end: true,
      cell: (one) => (
        <Share share={value > 0 ? Math.max(0, one.value_minor / value) : 0} of="value">
          <span title={money(one.value_minor, one.currency)}>{moneyWhole(one.value_minor, one.currency)}</span>
        </Share>
      ),
    },
    {
      key: "average",
      header: "Average customer",
      end: true,
      cell: (one) => (
        <span className="average">
          <Money minor={one.average_value_minor} currency={one.currency} />
          <div className="quiet">
            {tenth(one.average_orders)} {tenth(one.average_orders) === "1" ? "order" : "orders"}, last{" "}
            {whole(one.average_recency_days)} days ago
          </div>
        </span>
      ),
    },
    { key: "why", header: "Reasons", end: true, action: true, cell: (one) => <Example segment={one} /> },
  ];
  const currency = data.items[0]?.currency;
  return (
    <Stack gap="xs">
      <Text size="sm" c="dimmed">
        {count(nCustomers, "customer")} with orders{currency != null && `, worth ${money(value, currency)} together`}.
      </Text>
      <DataTable label="Segments" columns={columns} rows={data.items} rowKey={(one) => one.code} />
      <Title order={2} size="h3" mt="sm">
        How they are made
      </Title>
      <Text size="sm" maw={720}>
        Each customer gets a score from 1 to 5 for how recently, how often and for how much they bought, compared with
        all other customers. Equal values get equal scores. The three scores together name the segment.
      </Text>
    </Stack>
  );
}

function Example({ segment }: { segment: Segment }) {
  if (segment.n_customers === 0) return null;
  return (
    <Why what={segment.name} note={segment.description}>
      <ExampleReasons segment={segment} />
    </Why>
  );
}

function ExampleReasons({ segment }: { segment: Segment }) {
  const query = useQuery(segmentExampleQuery(segment.code));
  return (
    <Loaded query={query} skeleton={<Lines n={4} />}>
      {(customer) =>
        customer === null ? (
          <Text size="sm">Nobody is in this segment any more.</Text>
        ) : (
          <Stack gap="sm">
            <Text size="sm">
              For example{" "}
              <Link href={links.customer(customer.id)}>{customer.name ?? `customer ${customer.external_id}`}</Link>:
            </Text>
            <ReasonList reasons={customer.segment_reasons} />
          </Stack>
        )
      }
    </Loaded>
  );
}
