/** One flash sale as it goes: units left, seconds left by the server's clock, who waits. */
import { Group, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconPlugConnected, IconPlugConnectedX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { api, take } from "../api/client";
import { flashSaleQuery, keepFlashSale } from "../api/offers";
import type { FlashSale, FlashSaleItem } from "../api/types";
import { clock, count, whole } from "../lib/format";
import { useServerNow, useStatus } from "../lib/hooks";
import { links } from "../lib/links";
import { useLiveSale, type Connection } from "../lib/live";
import { inAll, phaseOf, secondsOf, type SalePhase } from "../lib/sale";
import { word } from "../lib/words";
import { LinkButton } from "../ui/Buttons";
import { Confirm } from "../ui/Confirm";
import { DataTable, type Column } from "../ui/DataTable";
import { Fact, Facts } from "../ui/Facts";
import { Link } from "../ui/Link";
import { PageHead } from "../ui/PageHead";
import { Sku } from "../ui/Sku";
import { Lines, Loaded } from "../ui/States";
import { UnitBar } from "../ui/UnitBar";
import { Money, StateBadge, When } from "../ui/Values";

export function FlashSalePage() {
  const { id = "" }: { id?: string } = useParams({ strict: false });
  const query = useQuery(flashSaleQuery(id));
  const now = useServerNow(true);
  const phase = query.data ? phaseOf(query.data, now) : null;
  const connection = useLiveSale(id, phase === "on" || phase === "scheduled");
  return (
    <>
      <PageHead
        title={query.data?.name ?? "Flash sale"}
        parent={{ href: links.flashSales(), label: "Flash sales" }}
        actions={query.data && phase && <Actions sale={query.data} phase={phase} />}
      />
      <Loaded query={query} skeleton={<Lines n={5} height={60} />}>
        {(sale) => (
          <Stack>
            <Live sale={sale} now={now} connection={connection} />
            <ItemTable sale={sale} />
            <About sale={sale} />
          </Stack>
        )}
      </Loaded>
    </>
  );
}

function Actions({ sale, phase }: { sale: FlashSale; phase: SalePhase }) {
  const params = { path: { id: sale.id } };
  if (phase === "ended") return null;
  if (phase === "draft") {
    return (
      <>
        <LinkButton href={links.flashSaleEdit(sale.id)} variant="default">
          Change the draft
        </LinkButton>
        <Confirm
          key="schedule"
          label="Schedule the sale"
          question="Schedule this sale?"
          keep="Keep the draft"
          button={{ variant: "filled" }}
          run={() => take(api.POST("/v1/flash-sales/{id}/schedule", { params })).then(keepFlashSale)}
        >
          {count(inAll(sale.items, "n_units"), "unit")} are set aside now and sold from <When at={sale.starts_at} />{" "}
          until <When at={sale.ends_at} />. A scheduled sale cannot be changed any more, only ended.
        </Confirm>
      </>
    );
  }
  return (
    <Confirm
      label="End the sale"
      question={phase === "on" ? "End the sale now?" : "Call the sale off?"}
      keep="Keep it"
      danger
      run={() => take(api.POST("/v1/flash-sales/{id}/end", { params })).then(keepFlashSale)}
    >
      Nobody can put its units into a cart any more, and what is left goes back to stock. Carts that are held keep their
      price until their hold is over. This cannot be undone.
    </Confirm>
  );
}

const NEXT: Record<SalePhase, string> = {
  draft: "Not scheduled",
  scheduled: "Starts in",
  on: "Time left",
  ended: "Over",
};

function Live({ sale, now, connection }: { sale: FlashSale; now: number; connection: Connection }) {
  const phase = phaseOf(sale, now);
  const running = phase === "on" || phase === "scheduled";
  return (
    <section className="card" aria-labelledby="live">
      <div className="card-head">
        <Group gap="sm">
          <Title order={2} id="live">
            Right now
          </Title>
          <StateBadge state={phase} />
        </Group>
        {running && <ConnectionNote connection={connection} />}
      </div>
      <div className="stats dense">
        <div>
          <div className="stat-label">{NEXT[phase]}</div>
          <div className="stat-value" role="timer" aria-label={NEXT[phase]}>
            {running ? clock(secondsOf(sale, now)) : "–"}
          </div>
        </div>
        <div>
          <div className="stat-label">{phase === "draft" ? "Units planned" : "Units left"}</div>
          <div className="stat-value">
            {phase === "draft" ? (
              whole(inAll(sale.items, "n_units"))
            ) : (
              <UnitBar left={inAll(sale.items, "n_left")} of={inAll(sale.items, "n_units")} wide />
            )}
          </div>
        </div>
        <div>
          <div className="stat-label">In carts and turns</div>
          <div className="stat-value">{whole(inAll(sale.items, "n_held"))}</div>
        </div>
        <div>
          <div className="stat-label">Sold</div>
          <div className="stat-value">{whole(inAll(sale.items, "n_sold"))}</div>
        </div>
        <div>
          <div className="stat-label">Shoppers waiting</div>
          <div className="stat-value">{whole(inAll(sale.items, "n_waiting"))}</div>
        </div>
      </div>
    </section>
  );
}

function ConnectionNote({ connection }: { connection: Connection }) {
  const [NoteIcon, text] =
    connection === "live"
      ? ([IconPlugConnected, "Live"] as const)
      : connection === "lost"
        ? ([IconAlertTriangle, "The connection was lost. Trying again; the figures are the last known."] as const)
        : ([IconPlugConnectedX, "Connecting…"] as const);
  return (
    <Text size="sm" c="dimmed" role="status">
      <Group gap={6} component="span" display="inline-flex">
        <NoteIcon size={16} aria-hidden />
        {text}
      </Group>
    </Text>
  );
}

function ItemTable({ sale }: { sale: FlashSale }) {
  const currency = useStatus()?.currency ?? "GBP";
  const columns: Column<FlashSaleItem>[] = [
    { key: "sku", header: "Product", name: true, cell: (item) => <Sku sku={item.sku} /> },
    {
      key: "price",
      header: "Price in the sale",
      end: true,
      cell: (item) => <Money minor={item.unit_price_minor} currency={currency} />,
    },
    sale.state === "draft"
      ? { key: "left", header: "Units planned", end: true, cell: (item) => whole(item.n_units) }
      : {
          key: "left",
          header: "Units left",
          end: true,
          cell: (item) => <UnitBar left={item.n_left} of={item.n_units} />,
        },
    { key: "held", header: "In carts and turns", end: true, cell: (item) => whole(item.n_held) },
    { key: "sold", header: "Sold", end: true, cell: (item) => whole(item.n_sold) },
    { key: "waiting", header: "Waiting", end: true, cell: (item) => whole(item.n_waiting) },
  ];
  return <DataTable label="Products of the sale" columns={columns} rows={sale.items} rowKey={(item) => item.sku} />;
}

function About({ sale }: { sale: FlashSale }) {
  return (
    <section className="card" aria-labelledby="about">
      <Title order={2} id="about">
        Its rules
      </Title>
      <Facts>
        <Fact label="Starts">
          <When at={sale.starts_at} />
        </Fact>
        <Fact label="Ends">
          <When at={sale.ends_at} />
        </Fact>
        <Fact label="One shopper may have">
          {sale.customer_units_max === null ? "as many as there are" : count(sale.customer_units_max, "unit")}
        </Fact>
        <Fact label="Open to">
          {sale.segments.length === 0
            ? "everybody"
            : sale.segments.map((code, n) => (
                <span key={code}>
                  {n > 0 && ", "}
                  <Link href={links.customers({ segment: code })}>{word(code)}</Link>
                </span>
              ))}
        </Fact>
        <Fact label="A turn in the queue lasts">{sale.turn_minutes} min</Fact>
      </Facts>
    </section>
  );
}
