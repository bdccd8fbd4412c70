/** One decision in full: reasons, what lost, what it was based on. */
import { Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { decisionQuery } from "../api/queries";
import type { DecisionDetail } from "../api/types";
import { decisionTitle } from "../lib/decision";
import { whole } from "../lib/format";
import { links } from "../lib/links";
import { MODE_MEANS, word } from "../lib/words";
import { Decide } from "../ui/Decide";
import { Fact, Facts } from "../ui/Facts";
import { Link } from "../ui/Link";
import { PageHead } from "../ui/PageHead";
import { AlternativeList, ReasonList } from "../ui/Reasons";
import { Lines, Loaded } from "../ui/States";
import { Money, StateBadge, When } from "../ui/Values";

export function DecisionPage() {
  const { id = "" }: { id?: string } = useParams({ strict: false });
  const query = useQuery(decisionQuery(id));
  return (
    <>
      <PageHead
        title={query.data === undefined ? "Decision" : decisionTitle(query.data)}
        parent={{ href: links.decisions(), label: "Decisions" }}
        actions={query.data && <StateBadge state={query.data.state} />}
      />
      <Loaded query={query} skeleton={<Lines n={6} height={60} />}>
        {(decision) => <Details decision={decision} />}
      </Loaded>
    </>
  );
}

function Details({ decision }: { decision: DecisionDetail }) {
  const answerable = decision.state === "proposed" || decision.state === "snoozed";
  return (
    <div className="grid two">
      <Stack>
        {answerable && (
          <section className="card" aria-labelledby="answer">
            <Title order={2} id="answer">
              Your answer
            </Title>
            <Decide decision={decision} size="sm" />
          </section>
        )}
        <section className="card" aria-labelledby="why">
          <Title order={2} id="why">
            Why
          </Title>
          <ReasonList reasons={decision.reasons} />
        </section>
        {decision.alternatives.length > 0 && (
          <section className="card" aria-labelledby="lost">
            <Title order={2} id="lost">
              What lost, and why
            </Title>
            <AlternativeList alternatives={decision.alternatives} name={word} />
          </section>
        )}
        <Json title="Outcome" value={decision.outcome} />
        <Json title="Input" value={decision.input} />
        <Json title="Policy" value={decision.policy} />
      </Stack>
      <About decision={decision} />
    </div>
  );
}

function About({ decision }: { decision: DecisionDetail }) {
  return (
    <section className="card" aria-labelledby="about">
      <Title order={2} id="about">
        About the decision
      </Title>
      <Facts>
        <Fact label="About">
          {decision.subject_href == null ? (
            decision.subject_label
          ) : (
            <Link href={decision.subject_href}>{decision.subject_label}</Link>
          )}
        </Fact>
        <Fact label="More">
          <Link href={links.decisions({ subject: decision.subject })}>All decisions about it</Link>
        </Fact>
        <Fact label="Kind">{word(decision.kind)}</Fact>
        <Fact label="Mode">
          {word(decision.mode)}
          <div className="quiet">{MODE_MEANS[decision.mode]}</div>
        </Fact>
        <Fact label="At stake">
          <Money minor={decision.at_stake_minor} currency={decision.currency} />
        </Fact>
        <Fact label="Decided">
          <When at={decision.decided_at} />
        </Fact>
        {decision.snoozed_until != null && (
          <Fact label="Snoozed until">
            <When at={decision.snoozed_until} />
          </Fact>
        )}
        {decision.resolved_at != null && (
          <Fact label="Answered">
            <When at={decision.resolved_at} />
            {decision.resolved_by != null && <div>by {decision.resolved_by}</div>}
          </Fact>
        )}
        <Fact label="Policy version">{decision.policy_version}</Fact>
        <Fact label="Seed">{decision.seed}</Fact>
        <Fact label="Based on fact">{whole(decision.based_on_fact)}</Fact>
      </Facts>
    </section>
  );
}

function Json({ title, value }: { title: string; value: unknown }) {
  if (value == null) return null;
  return (
    <details className="card">
      <summary>
        <Text span fw={600}>
          {title}
        </Text>
      </summary>
      <pre className="json" tabIndex={0} aria-label={title} role="region" style={{ marginTop: 12 }}>
        {JSON.stringify(value, null, 2)}
      </pre>
    </details>
  );
}
