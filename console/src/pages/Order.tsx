/** One order: its lines, what was paid and what was given back. */
import { Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { orderQuery } from "../api/queries";
import type { Order, OrderLine } from "../api/types";
import { country, whole } from "../lib/format";
import { links } from "../lib/links";
import { orderSums } from "../lib/sums";
import { word } from "../lib/words";
import { DataTable, type Column } from "../ui/DataTable";
import { Fact, Facts } from "../ui/Facts";
import { Link } from "../ui/Link";
import { PageHead } from "../ui/PageHead";
import { Receipt, type ReceiptEntry } from "../ui/Receipt";
import { Lines, Loaded } from "../ui/States";
import { Money, None, StateBadge, When } from "../ui/Values";

export function OrderPage() {
  const { id = "" }: { id?: string } = useParams({ strict: false });
  const query = useQuery(orderQuery(id));
  return (
    <>
      <PageHead
        title={query.data ? `Order ${query.data.number}` : "Order"}
        parent={{ href: links.orders(), label: "Orders" }}
        actions={query.data && <StateBadge state={query.data.status} />}
      />
      <Loaded query={query} skeleton={<Lines n={8} />}>
        {(order) => <Details order={order} />}
      </Loaded>
    </>
  );
}

/** Columns in which every line is empty are left out. */
function lineColumns(lines: OrderLine[], currency: string): Column<OrderLine>[] {
  const columns: Column<OrderLine>[] = [
    {
      key: "title",
      header: "Line",
      name: true,
      cell: (line) => (
        <>
          {line.product_id == null ? line.title : <Link href={links.product(line.product_id)}>{line.title}</Link>}{" "}
          <span className="quiet nowrap">
            {line.sku}
            {line.kind !== "item" && ` · ${word(line.kind)}`}
          </span>
        </>
      ),
    },
    { key: "quantity", header: "Quantity", end: true, cell: (line) => whole(line.quantity) },
    {
      key: "refunded",
      header: "Refunded",
      end: true,
      cell: (line) => (line.refunded_quantity === 0 ? <None /> : whole(line.refunded_quantity)),
    },
    {
      key: "price",
      header: "Unit price",
      end: true,
      cell: (line) => <Money minor={line.unit_price_minor} currency={currency} />,
    },
    {
      key: "discount",
      header: "Discount",
      end: true,
      cell: (line) =>
        line.discount_minor === 0 ? <None /> : <Money minor={-line.discount_minor} currency={currency} />,
    },
    { key: "tax", header: "Tax", end: true, cell: (line) => <Money minor={line.tax_minor} currency={currency} /> },
    {
      key: "total",
      header: "Total",
      end: true,
      cell: (line) => <Money minor={line.total_minor} currency={currency} />,
    },
  ];
  const empty = new Set<string>();
  if (lines.every((line) => line.refunded_quantity === 0)) empty.add("refunded");
  if (lines.every((line) => line.discount_minor === 0)) empty.add("discount");
  if (lines.every((line) => line.tax_minor === 0)) empty.add("tax");
  return columns.filter((column) => !empty.has(column.key));
}

function Details({ order }: { order: Order }) {
  const { currency } = order;
  return (
    <div className="grid">
      <DataTable
        label="Lines of the order"
        columns={lineColumns(order.lines, currency)}
        rows={order.lines}
        rowKey={(line) => String(line.position)}
      />
      {order.refunds.length > 0 && (
        <section className="card" aria-labelledby="refunds">
          <Title order={2} id="refunds">
            Refunds
          </Title>
          <ul className="plain-list divided">
            {order.refunds.map((one) => (
              <li key={one.id}>
                <Money minor={one.amount_minor} currency={currency} /> given back on <When at={one.refunded_at} />{" "}
                <span className="quiet">({one.number})</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <div className="grid even">
        <section className="card" aria-labelledby="sums">
          <Title order={2} id="sums">
            Sums
          </Title>
          <Receipt
            label="Sums of the order"
            currency={currency}
            entries={orderSums(order)}
            total={{ label: "Total", minor: order.total_minor }}
            after={afterTotal(order)}
          />
        </section>
        <section className="card" aria-labelledby="about">
          <Title order={2} id="about">
            About the order
          </Title>
          <Facts>
            <Fact label="Placed">
              <When at={order.placed_at} />
            </Fact>
            <Fact label="Customer">
              {order.customer == null ? (
                "Guest"
              ) : (
                <Link href={links.customer(order.customer.id)}>
                  {order.customer.name ?? `Customer ${order.customer.external_id}`}
                </Link>
              )}
            </Fact>
            <Fact label="Country">{order.country == null ? <None /> : country(order.country)}</Fact>
            <Fact label="Channel">
              <Link href={links.orders({ channel: order.channel })}>{word(order.channel)}</Link>
            </Fact>
            <Fact label="Units">{whole(order.n_units)}</Fact>
            {order.discount_codes.length > 0 && <Fact label="Codes">{order.discount_codes.join(", ")}</Fact>}
          </Facts>
        </section>
      </div>
    </div>
  );
}

/** What is contained in the total, and what was given back of it. */
function afterTotal(order: Order): ReceiptEntry[] {
  const contained = order.tax_minor === 0 ? order.lines.reduce((sum, line) => sum + line.tax_minor, 0) : 0;
  const entries: ReceiptEntry[] = [];
  if (contained !== 0) entries.push({ label: "Of this, tax in the prices", minor: contained });
  if (order.refunded_minor > 0) entries.push({ label: "Given back since", minor: -order.refunded_minor });
  return entries;
}
