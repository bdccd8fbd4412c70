/** A priced cart: what is to be paid, how it came about, what did not apply, what is missing for more. */
import { Alert, Button, Group, Menu, Text, Title } from "@mantine/core";
import { IconInfoCircle, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { decisionOfQuery } from "../api/offers";
import type { NextStep, Quote, QuoteDiscount, QuoteLine, QuotePrice } from "../api/types";
import type { CartLine } from "../lib/cart";
import { whole } from "../lib/format";
import { links } from "../lib/links";
import { quoteSums } from "../lib/sums";
import { waysToDo } from "../lib/steps";
import { Link } from "./Link";
import { Receipt } from "./Receipt";
import { Sku } from "./Sku";
import { Money } from "./Values";
import { Why } from "./Why";

interface Props {
  quote: Quote;
  /** Puts units into the cart and prices it anew; without it the steps are only told. */
  onAdd?: (line: CartLine) => void;
}

export function QuoteView({ quote, onAdd }: Props) {
  const { price } = quote;
  return (
    <>
      {quote.notices.map((notice) => (
        <Alert key={notice} color="orange" variant="light" icon={<IconInfoCircle aria-hidden />}>
          {notice}
        </Alert>
      ))}
      <section className="card" aria-labelledby="receipt">
        <div className="card-head">
          <Title order={2} id="receipt">
            What is to be paid
          </Title>
          <QuoteWhy quote={quote} />
        </div>
        <Receipt label="The price of the cart" currency={price.currency} {...quoteSums(price)} />
        {!price.is_best && (
          <Text size="sm" mt="xs">
            Too many promotions compete for this cart to try every combination: this is the best one found in time.
          </Text>
        )}
      </section>
      {price.next_steps.length > 0 && <NextSteps price={price} onAdd={onAdd} />}
      <QuoteLines price={price} />
      {price.gifts.length > 0 && (
        <section className="card" aria-labelledby="gifts">
          <Title order={2} id="gifts">
            Added for nothing
          </Title>
          <ul className="plain-list divided dense">
            {price.gifts.map((gift) => (
              <li key={`${gift.promotion} ${gift.sku}`}>
                {whole(gift.quantity)} × <Sku sku={gift.sku} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {price.not_applied.length > 0 && <NotAppliedList price={price} />}
    </>
  );
}

function QuoteWhy({ quote }: { quote: Quote }) {
  const decision = useQuery(decisionOfQuery(quote.id)).data;
  return <Why what="this price" reasons={quote.reasons} decisionId={decision?.id} />;
}

/** Where a discount comes from, as a link where it has a page. */
export function SourceName({ discount }: { discount: QuoteDiscount }) {
  const { source, id, name } = discount;
  if (source === "flash_sale" && id !== null) return <Link href={links.flashSale(id)}>{name}</Link>;
  if (source === "promotion" && id !== null) return <Link href={links.promotion(id)}>{name}</Link>;
  return <>{name}</>;
}

/** Each line with what was taken off it, by source; the amounts of a line add up. */
function QuoteLines({ price }: { price: QuotePrice }) {
  const { currency } = price;
  const tax = price.tax === "inclusive" ? "Of this, tax" : "Tax on top";
  return (
    <section className="card" aria-labelledby="quote-lines">
      <Title order={2} id="quote-lines">
        Line by line
      </Title>
      <ul className="plain-list divided dense">
        {price.lines.map((line) => (
          <li key={line.line}>
            <Receipt
              label={`Line ${line.line + 1}, ${line.title ?? line.sku}`}
              wide
              currency={currency}
              entries={[
                { label: <LineLabel line={line} currency={currency} />, minor: line.list_minor },
                ...line.discounts.map((one) => ({
                  label: <SourceName discount={one} />,
                  minor: -one.amount_minor,
                  part: true,
                })),
              ]}
              total={line.discounts.length === 0 ? null : { label: "After discounts", minor: line.net_minor }}
              after={line.tax_minor === 0 ? [] : [{ label: tax, minor: line.tax_minor }]}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

function LineLabel({ line, currency }: { line: QuoteLine; currency: string }) {
  return (
    <>
      <Sku sku={line.sku} title={line.title} />
      <div className="quiet">
        {whole(line.quantity)} × <Money minor={line.unit_price_minor} currency={currency} />
      </div>
    </>
  );
}

function NotAppliedList({ price }: { price: QuotePrice }) {
  return (
    <section className="card" aria-labelledby="not-applied">
      <Title order={2} id="not-applied">
        What did not apply, and why
      </Title>
      <ul className="plain-list divided dense">
        {price.not_applied.map((one, n) => (
          <li key={n}>
            <Text size="sm" fw={600} component="div">
              {one.promotion !== null ? (
                <Link href={links.promotion(one.promotion)}>{one.name ?? one.promotion}</Link>
              ) : (
                (one.name ?? `Code ${one.coupon ?? ""}`)
              )}
              {one.coupon !== null && one.promotion !== null && <span className="quiet"> code {one.coupon}</span>}
            </Text>
            <Text size="sm">{one.sentence}</Text>
          </li>
        ))}
      </ul>
    </section>
  );
}

function NextSteps({ price, onAdd }: { price: QuotePrice; onAdd: ((line: CartLine) => void) | undefined }) {
  return (
    <section className="card" aria-labelledby="next-steps">
      <Title order={2} id="next-steps">
        What is missing for more
      </Title>
      <ul className="plain-list divided dense">
        {price.next_steps.map((step, n) => (
          <li key={n}>
            <Group justify="space-between" gap="xs">
              <Text size="sm" style={{ flex: "1 1 14rem" }}>
                {step.sentence} <Link href={links.promotion(step.promotion)}>Show the promotion</Link>
              </Text>
              {onAdd && <DoStep step={step} price={price} onAdd={onAdd} />}
            </Group>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface DoStepProps {
  step: NextStep;
  price: QuotePrice;
  onAdd: (line: CartLine) => void;
}

/** One click where there is one way; otherwise it asks on which line. */
function DoStep({ step, price, onAdd }: DoStepProps) {
  const ways = waysToDo(step, price.lines);
  const name = (sku: string) => price.lines.find((line) => line.sku === sku)?.title ?? sku;
  const [first] = ways;
  if (first === undefined) return null;
  const icon = <IconPlus size={15} aria-hidden />;
  if (ways.length === 1) {
    return (
      <Button size="xs" variant="light" leftSection={icon} onClick={() => onAdd(first)}>
        Add {whole(first.quantity)} × {name(first.sku)}
      </Button>
    );
  }
  return (
    <Menu shadow="md" position="bottom-end">
      <Menu.Target>
        <Button size="xs" variant="light" leftSection={icon} aria-label={`Add to the cart for: ${step.sentence}`}>
          Add to the cart
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {ways.map((way) => (
          <Menu.Item key={way.sku} onClick={() => onAdd(way)}>
            {whole(way.quantity)} × {name(way.sku)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
