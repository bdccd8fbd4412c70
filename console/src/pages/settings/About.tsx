/** What is running, on what, with how much in it. */
import { Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { statusQuery } from "../../api/queries";
import { count, date, whole } from "../../lib/format";
import { links } from "../../lib/links";
import { word } from "../../lib/words";
import { Fact, Facts } from "../../ui/Facts";
import { Link } from "../../ui/Link";
import { Loaded } from "../../ui/States";
import { None, When } from "../../ui/Values";

export function About() {
  const query = useQuery(statusQuery);
  return (
    <Loaded query={query}>
      {(status) => (
        <Stack>
          <section className="card" aria-labelledby="running">
            <Title order={2} id="running">
              What is running
            </Title>
            <Facts>
              <Fact label="Mercer">{status.version}</Fact>
              <Fact label="Database">{word(status.database)}</Fact>
              <Fact label="Shop">{status.shop_name}</Fact>
              <Fact label="Currency">{status.currency}</Fact>
              <Fact label="Time zone">{status.time_zone}</Fact>
              <Fact label="API description">
                <a className="link" href="/v1/openapi.json">
                  OpenAPI
                </a>
              </Fact>
            </Facts>
          </section>
          <section className="card" aria-labelledby="record">
            <Title order={2} id="record">
              The shop's record
            </Title>
            <Facts>
              <Fact label="Last order">{status.as_of == null ? <None /> : date(status.as_of)}</Fact>
              <Fact label="Orders">
                <Link href={links.orders()}>{whole(status.n_orders)}</Link>
              </Fact>
              <Fact label="Customers">
                <Link href={links.customers()}>{whole(status.n_customers)}</Link>
              </Fact>
              <Fact label="Products">
                <Link href={links.products()}>{whole(status.n_products)}</Link>
              </Fact>
              <Fact label="Refunds">{whole(status.n_refunds)}</Fact>
              <Fact label="Facts">{whole(status.n_facts)}</Fact>
              <Fact label="Open proposals">
                <Link href={links.decisions({ state: "proposed" })}>{whole(status.n_decisions_open)}</Link>
              </Fact>
              <Fact label="Parked jobs">
                <Link href={links.settings("jobs")}>{count(status.jobs.parked, "job")}</Link>
              </Fact>
            </Facts>
          </section>
          <section className="card" aria-labelledby="computed">
            <Title order={2} id="computed">
              Last computed
            </Title>
            <Facts>
              <Fact label="Suggestions">
                <When at={status.computed.recommendations_at} show="relative" />
              </Fact>
              <Fact label="Segments">
                <When at={status.computed.segments_at} show="relative" />
              </Fact>
              <Fact label="Forecasts">
                <When at={status.computed.forecasts_at} show="relative" />
              </Fact>
            </Facts>
          </section>
        </Stack>
      )}
    </Loaded>
  );
}
