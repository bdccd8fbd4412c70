/** One quote: its price, where it stands, and what it is about. */
import { Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { quoteQuery } from "../api/offers";
import type { Quote } from "../api/types";
import { links } from "../lib/links";
import { word } from "../lib/words";
import { CustomerName } from "../ui/CustomerName";
import { Fact, Facts } from "../ui/Facts";
import { Link } from "../ui/Link";
import { PageHead } from "../ui/PageHead";
import { ExpiredNote, QuoteActions } from "../ui/QuoteActions";
import { QuoteView } from "../ui/QuoteView";
import { Lines, Loaded } from "../ui/States";
import { When } from "../ui/Values";

export function QuotePage() {
  const { id = "" }: { id?: string } = useParams({ strict: false });
  const query = useQuery(quoteQuery(id));
  return (
    <>
      <PageHead
        title="Quote"
        parent={{ href: links.quotes(), label: "Quotes" }}
        about={<span className="break">{id}</span>}
      />
      <Loaded query={query} skeleton={<Lines n={6} height={60} />}>
        {(quote) => (
          <div className="grid two">
            <Stack miw={0}>
              <section className="card" aria-labelledby="state">
                <Title order={2} id="state">
                  Where it stands
                </Title>
                <QuoteActions quote={quote} />
              </section>
              <ExpiredNote quote={quote} />
              <QuoteView quote={quote} />
            </Stack>
            <About quote={quote} />
          </div>
        )}
      </Loaded>
    </>
  );
}

function About({ quote }: { quote: Quote }) {
  return (
    <section className="card" aria-labelledby="about">
      <Title order={2} id="about">
        About the quote
      </Title>
      <Facts>
        <Fact label="Customer">
          {quote.customer_id === null ? "Visitor, not signed in" : <CustomerName id={quote.customer_id} />}
        </Fact>
        <Fact label="Channel">{word(quote.channel)}</Fact>
        <Fact label="Priced">
          <When at={quote.created_at} />
        </Fact>
        <Fact label="Price good until">
          <When at={quote.expires_at} />
        </Fact>
        {quote.held_until !== null && (
          <Fact label="Held until">
            <When at={quote.held_until} />
          </Fact>
        )}
        <Fact label="Logged as">
          <Link href={links.decisions({ subject: quote.id })}>Decision with its input</Link>
        </Fact>
      </Facts>
    </section>
  );
}
