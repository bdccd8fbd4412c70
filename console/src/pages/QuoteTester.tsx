/** A cart in, its price with the reasoning out. Nothing is sold or held until it is asked for. */
import { Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, take } from "../api/client";
import { keepQuote, quoteQuery } from "../api/offers";
import { channelsQuery } from "../api/queries";
import type { Quote } from "../api/types";
import { askOf, cartOf, cartProblem, searchOf, withMore, type Cart } from "../lib/cart";
import { useFilters, useStatus } from "../lib/hooks";
import { links } from "../lib/links";
import { CartForm } from "../ui/CartForm";
import { Link } from "../ui/Link";
import { PageHead } from "../ui/PageHead";
import { ExpiredNote, QuoteActions } from "../ui/QuoteActions";
import { QuoteView } from "../ui/QuoteView";
import { EmptyState, ErrorState, Lines, Loaded } from "../ui/States";

/** The last answer, with the cart it was for: a changed cart is told from it. */
interface Answered {
  id: string;
  cart: string;
}

const keyOf = (cart: Cart) => JSON.stringify(searchOf(cart));

export function QuoteTester() {
  const [search] = useFilters();
  const navigate = useNavigate();
  const shopCurrency = useStatus()?.currency ?? "GBP";
  const channels = useQuery(channelsQuery).data?.items ?? [];
  const asked = cartOf(search);
  const channel = channels.find((one) => one.code === asked.channel) ?? channels[0];
  // The first channel is the one where the shop sold first, and often the only one.
  const cart: Cart = { ...asked, channel: asked.channel ?? channel?.code };
  const currency = channel?.currency ?? shopCurrency;
  const [answered, setAnswered] = useState<Answered | null>(null);
  const price = useMutation({
    mutationFn: (asked: Cart) => take(api.POST("/v1/quotes", { body: askOf(asked, currency) })),
    onSuccess: (quote, asked) => {
      keepQuote(quote);
      setAnswered({ id: quote.id, cart: keyOf(asked) });
    },
  });
  const change = (next: Cart) => {
    void navigate({ to: ".", search: searchOf(next), replace: true, resetScroll: false });
  };
  const add = (line: { sku: string; quantity: number }) => {
    const next = withMore(cart, line.sku, line.quantity);
    change(next);
    price.mutate(next);
  };
  const isChanged = answered !== null && answered.cart !== keyOf(cart);
  return (
    <>
      <PageHead
        title="Quote tester"
        about="What a cart would cost, and why. Nothing is held or sold until you ask for it."
        actions={<Link href={links.quotes()}>Show recent quotes</Link>}
      />
      <div className="grid even">
        <CartForm
          cart={cart}
          currency={currency}
          onChange={change}
          problem={cartProblem(cart, currency)}
          busy={price.isPending}
          onPrice={() => price.mutate(cart)}
          error={price.isError ? price.error : null}
        />
        <Stack miw={0}>
          {price.isError && <ErrorState error={price.error} />}
          {answered === null && !price.isPending && !price.isError && (
            <EmptyState title="The price comes here">
              Put products into the cart and press “Price the cart”: each discount with its source, what did not apply
              and why, and what is missing for more.
            </EmptyState>
          )}
          {answered === null && price.isPending && <Lines n={4} height={60} />}
          {answered !== null && (
            <AnsweredQuote key={answered.id} id={answered.id} isChanged={isChanged && !price.isPending} onAdd={add} />
          )}
        </Stack>
      </div>
    </>
  );
}

interface AnsweredProps {
  id: string;
  isChanged: boolean;
  onAdd: (line: { sku: string; quantity: number }) => void;
}

function AnsweredQuote({ id, isChanged, onAdd }: AnsweredProps) {
  const query = useQuery(quoteQuery(id));
  return (
    <Loaded query={query}>
      {(quote: Quote) => (
        <>
          <section className="card" aria-label="Where the quote stands">
            {isChanged && (
              <Text size="sm" mb="xs" role="status">
                The cart was changed since: this is the price of the cart before.
              </Text>
            )}
            <QuoteActions quote={quote} />
            <Text size="sm" mt="xs">
              <Link href={links.quote(quote.id)}>Open this quote’s page</Link>
            </Text>
          </section>
          <ExpiredNote quote={quote} />
          <QuoteView quote={quote} onAdd={onAdd} />
        </>
      )}
    </Loaded>
  );
}
