/** A running import live, and what became of every row when it is done. */
import { Alert, Anchor, Button, Group, Progress, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconDownload, IconInfoCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { importQuery, queryClient } from "../../api/queries";
import type { Import } from "../../api/types";
import { bytes, count, duration, money, whole } from "../../lib/format";
import { links } from "../../lib/links";
import { word } from "../../lib/words";
import { Fact, Facts } from "../../ui/Facts";
import { Link } from "../../ui/Link";
import { Lines, Loaded } from "../../ui/States";
import { StateBadge, When } from "../../ui/Values";

/** How often to ask when the live stream is not to be had. */
const POLL_MS = 1000;

export function ImportProgress({ id }: { id: string }) {
  const [streamLost, setStreamLost] = useState(false);
  const query = useQuery({
    ...importQuery(id),
    refetchInterval: ({ state }) => (streamLost && state.data?.state === "running" ? POLL_MS : false),
  });
  const running = query.data?.state === "running";
  useEffect(() => {
    if (!running) return;
    const source = new EventSource(`/v1/imports/${encodeURIComponent(id)}/events`);
    source.addEventListener("progress", (event: MessageEvent<string>) => {
      const now = JSON.parse(event.data) as Import;
      queryClient.setQueryData(importQuery(id).queryKey, now);
      if (now.state !== "running") {
        source.close();
        // An import changes every list and figure.
        void queryClient.invalidateQueries({
          predicate: ({ queryKey }) => queryKey[0] !== "import" && queryKey[0] !== "session",
        });
      }
    });
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) setStreamLost(true);
    };
    return () => source.close();
  }, [id, running]);
  return (
    <Loaded query={query} skeleton={<Lines n={5} height={50} />}>
      {(data) => (
        <Stack>
          <section className="card" aria-labelledby="import">
            <div className="card-head">
              <div>
                <Title order={2} id="import" className="break">
                  {data.file_name}
                </Title>
                <Text size="sm" c="dimmed">
                  {word(data.preset)}
                  {data.dry_run && ", dry run"}, started <When at={data.started_at} show="relative" />
                </Text>
              </div>
              <StateBadge state={data.state} />
            </div>
            <Body data={data} />
          </section>
        </Stack>
      )}
    </Loaded>
  );
}

function Body({ data }: { data: Import }) {
  if (data.state === "running") return <Running data={data} />;
  return (
    <Stack>
      {data.state === "failed" ? (
        <Alert
          color="red"
          variant="light"
          icon={<IconAlertTriangle aria-hidden />}
          title="The import stopped"
          role="alert"
        >
          {data.error ?? "The server gave no reason."}
        </Alert>
      ) : (
        <Alert
          color="green"
          variant="light"
          icon={<IconCheck aria-hidden />}
          title={data.dry_run ? "The dry run is done; nothing was kept" : "The import is done"}
          role="status"
        >
          {count(data.rows, "row")} in {duration(data.seconds)}
          {data.rows_per_second > 0 && `, ${whole(data.rows_per_second)} rows per second`}.
        </Alert>
      )}
      <Equation data={data} />
      <Result data={data} />
    </Stack>
  );
}

function Running({ data }: { data: Import }) {
  const share = data.bytes_total > 0 ? (data.bytes_read / data.bytes_total) * 100 : 0;
  return (
    <Stack gap="sm">
      <Progress value={share} size="lg" animated aria-label="Share of the file that was read" />
      <Text size="sm" className="num">
        {count(data.rows, "row")} read, {whole(data.rows_per_second)} rows per second
        {data.bytes_total > 0 && `, ${bytes(data.bytes_read)} of ${bytes(data.bytes_total)}`}
        {data.seconds_left != null && `, about ${duration(Math.max(1, Math.round(data.seconds_left)))} left`}
      </Text>
      <Equation data={data} />
      <Text size="sm" c="dimmed">
        You may leave this page; the import goes on.
      </Text>
    </Stack>
  );
}

/** Every row that came in is accounted for. */
function Equation({ data }: { data: Import }) {
  const parts: [string, number][] = [
    ["kept", data.kept],
    ["rejected", data.rejected],
    ["exact duplicates", data.duplicates],
  ];
  return (
    <div className="equation">
      <div>
        <div className="stat-value">{whole(data.rows)}</div>
        <div className="stat-label">rows in the file</div>
      </div>
      {parts.map(([label, n], i) => (
        <Group key={label} gap="md" wrap="nowrap" align="start">
          <span className="sign">{i === 0 ? "=" : "+"}</span>
          <div>
            <div className="stat-value">{whole(n)}</div>
            <div className="stat-label">{label}</div>
          </div>
        </Group>
      ))}
    </div>
  );
}

/** The sums of money of an import, in the merchant's words. */
const MONEY: Record<string, string> = {
  items: "Items sold",
  discounts: "Discounts",
  shipping: "Shipping",
  fees: "Fees",
  taxes: "Taxes on top",
  refunds: "Refunded",
  books: "Bookkeeping entries",
  duplicates: "In dropped duplicates",
};

function Result({ data }: { data: Import }) {
  const navigate = useNavigate();
  const sums = Object.entries(data.money_minor).filter(([, minor]) => minor !== 0);
  return (
    <>
      {data.rejected > 0 && (
        <Group>
          <Anchor href={`/v1/imports/${encodeURIComponent(data.id)}/rejects`} download className="link">
            <Group gap={6} component="span" display="inline-flex">
              <IconDownload size={16} aria-hidden />
              Download the {count(data.rejected, "rejected row")} with{" "}
              {data.rejected === 1 ? "its reason" : "their reasons"} (CSV)
            </Group>
          </Anchor>
        </Group>
      )}
      {data.state === "done" && (
        <Facts>
          <Fact label="Orders">
            <Link href={links.orders()}>{count(data.orders, "order")}</Link>
          </Fact>
          <Fact label="Refunds">{count(data.refunds, "refund")}</Fact>
          <Fact label="Customers">
            <Link href={links.customers()}>{count(data.customers, "customer")}</Link>
          </Fact>
          <Fact label="Products">
            <Link href={links.products()}>{count(data.products, "product")}</Link>
          </Fact>
          {data.products_changed > 0 && <Fact label="Changed products">{whole(data.products_changed)}</Fact>}
          <Fact label="Stock adjustments">{whole(data.adjustments)}</Fact>
          <Fact label="Created">{whole(data.created)}</Fact>
          <Fact label="Changed">{whole(data.changed)}</Fact>
          <Fact label="Unchanged">{whole(data.unchanged)}</Fact>
          {sums.map(([name, minor]) => (
            <Fact key={name} label={MONEY[name] ?? `Money: ${word(name).toLowerCase()}`}>
              {money(minor, data.currency)}
            </Fact>
          ))}
        </Facts>
      )}
      {data.notices.length > 0 && (
        <Alert color="blue" variant="light" icon={<IconInfoCircle aria-hidden />} title="Worth knowing">
          <ul style={{ margin: 0, paddingInlineStart: "1.1rem" }}>
            {data.notices.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        </Alert>
      )}
      <Group>
        <Button variant="default" onClick={() => void navigate({ to: "/import", search: {} })}>
          Import another file
        </Button>
        {data.state === "done" && !data.dry_run && <Link href={links.today}>See what it means on Today</Link>}
      </Group>
    </>
  );
}
