/** One product: what it sold, what it will sell, and what to suggest with it. */
import { Group, SegmentedControl, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { forecastQuery, productQuery, productSalesQuery, recommendationsQuery } from "../api/queries";
import type { Forecast, Product } from "../api/types";
import { compact, count, date, tenth, whole } from "../lib/format";
import { useFilters } from "../lib/hooks";
import { links } from "../lib/links";
import { joinSeries, SPANS } from "../lib/series";
import { word } from "../lib/words";
import { Chart, LegendItem } from "../ui/Chart";
import { Companions } from "../ui/Companions";
import { Fact, Facts } from "../ui/Facts";
import { Link } from "../ui/Link";
import { PageHead } from "../ui/PageHead";
import { AlternativeList } from "../ui/Reasons";
import { ErrorState, Lines, Loaded } from "../ui/States";
import { Money, None, When } from "../ui/Values";
import { Why } from "../ui/Why";

const FORECAST_DAYS = 28;

export function ProductPage() {
  const { id = "" }: { id?: string } = useParams({ strict: false });
  const query = useQuery(productQuery(id));
  const product = query.data;
  return (
    <>
      <PageHead
        title={product?.title ?? "Product"}
        parent={{ href: links.products(), label: "Products" }}
        about={product && `${product.sku}${product.category == null ? "" : ` · ${product.category}`}`}
      />
      <Loaded query={query} skeleton={<Lines n={6} height={70} />}>
        {(data) => (
          <div className="grid">
            <Figures product={data} />
            <SalesAndForecast product={data} />
            <div className="grid even">
              <Together product={data} />
              <Stack>
                <ForecastCard product={data} />
                <Variants product={data} />
              </Stack>
            </div>
          </div>
        )}
      </Loaded>
    </>
  );
}

function Figures({ product }: { product: Product }) {
  const rows = links.orders({ product: product.id });
  return (
    <section className="card" aria-label="Figures">
      <Facts>
        <Fact label="Revenue">
          <Link href={rows}>
            <strong>
              <Money minor={product.revenue_minor} currency={product.currency} />
            </strong>
          </Link>
        </Fact>
        <Fact label="Orders">
          <Link href={rows}>{count(product.n_orders, "order")}</Link>
        </Fact>
        <Fact label="Sold">
          <Link href={rows}>{count(product.n_units, "unit")}</Link>
        </Fact>
        <Fact label="Refunded">
          {product.n_units_refunded === 0 ? <None /> : count(product.n_units_refunded, "unit")}
        </Fact>
        <Fact label="Price">
          <Money minor={product.price_minor} currency={product.currency} />
        </Fact>
        <Fact label="First sold">
          <When at={product.first_sold_at} show="date" />
        </Fact>
        <Fact label="Last sold">
          <When at={product.last_sold_at} show="date" />
        </Fact>
        {product.channels.length > 0 && <Fact label="Channels">{product.channels.map(word).join(", ")}</Fact>}
      </Facts>
    </section>
  );
}

function SalesAndForecast({ product }: { product: Product }) {
  const [search, change] = useFilters();
  const forecast = useQuery(forecastQuery(product.id, FORECAST_DAYS));
  const asked = search.by === "day" || search.by === "week" ? search.by : null;
  // Until the reader chooses, the chart follows the forecast, whose intervals are then shown.
  const by = asked ?? (forecast.data?.period === "day" ? "day" : "week");
  const span = search.span !== undefined && search.span in SPANS ? search.span : by === "day" ? "quarter" : "year";
  const sales = useQuery({ ...productSalesQuery(product.id, by), enabled: asked !== null || !forecast.isPending });
  return (
    <section className="card" aria-labelledby="sales">
      <div className="card-head">
        <Title order={2} id="sales">
          Sales and forecast
        </Title>
        <Group gap="xs">
          <SegmentedControl
            size="xs"
            aria-label="Length of history"
            value={span}
            onChange={(next) => change({ span: next })}
            data={[
              { value: "quarter", label: "3 months" },
              { value: "year", label: "12 months" },
              { value: "all", label: "All" },
            ]}
          />
          <SegmentedControl
            size="xs"
            aria-label="Day or week"
            value={by}
            onChange={(next) => change({ by: next })}
            data={[
              { value: "day", label: "Day" },
              { value: "week", label: "Week" },
            ]}
          />
        </Group>
      </div>
      {sales.isError && <ErrorState error={sales.error} onRetry={() => void sales.refetch()} />}
      {sales.data === undefined && !sales.isError && <Skeleton height={280} />}
      {sales.data !== undefined && (
        <SeriesChart product={product} series={joinSeries(sales.data, forecast.data, SPANS[span] ?? null)} by={by} />
      )}
    </section>
  );
}

function SeriesChart({
  product,
  series,
  by,
}: {
  product: Product;
  series: ReturnType<typeof joinSeries>;
  by: "day" | "week";
}) {
  const hasForecast = series.points.some((one) => one.forecast);
  const hasBands = series.points.some((one) => one.interval);
  return (
    <>
      <Chart
        label={`Units of ${product.title} sold by ${by}${hasForecast ? ", with forecast" : ""}`}
        kind="line"
        height={260}
        points={series.points}
        valueName="Units"
        dateName={by === "week" ? "Week from" : "Day"}
        format={(value) => `${tenth(value)} units`}
        formatAxis={compact}
        formatDate={(day) => (by === "week" ? `Week from ${date(day)}` : date(day, "weekday"))}
        legend={
          <>
            <LegendItem draw="line">Sold</LegendItem>
            {hasForecast && <LegendItem draw="dashed">Forecast</LegendItem>}
            {hasBands && <LegendItem draw="band80">80 % interval</LegendItem>}
            {hasBands && <LegendItem draw="band95">95 % interval</LegendItem>}
          </>
        }
      />
      {series.note !== null && (
        <Text size="sm" c="dimmed" mt="xs">
          {series.note}
        </Text>
      )}
    </>
  );
}

function ForecastCard({ product }: { product: Product }) {
  const query = useQuery(forecastQuery(product.id, FORECAST_DAYS));
  return (
    <section className="card" aria-labelledby="forecast">
      <div className="card-head">
        <Title order={2} id="forecast">
          Forecast, next {FORECAST_DAYS} days
        </Title>
        {query.data && (
          <Why
            what={`the forecast of ${product.title}`}
            reasons={query.data.reasons}
            alternatives={query.data.alternatives}
            decisionId={query.data.decision_id}
          />
        )}
      </div>
      <Loaded query={query} skeleton={<Lines n={3} />}>
        {(forecast) => <ForecastText forecast={forecast} />}
      </Loaded>
    </section>
  );
}

function ForecastText({ forecast }: { forecast: Forecast }) {
  if (forecast.outcome === "too_little_history" || forecast.total == null) {
    return (
      <Text size="sm">
        <strong>Too little history for a forecast.</strong> {forecast.reasons[0]?.sentence}
      </Text>
    );
  }
  const { total } = forecast;
  return (
    <Stack gap="sm">
      <div>
        <div className="stat-value">{whole(total.expected)} units</div>
        <Text size="sm" className="num">
          80 % sure: {whole(total.low_80)} to {whole(total.high_80)} units; 95 % sure: {whole(total.low_95)} to{" "}
          {whole(total.high_95)} units
        </Text>
      </div>
      <Text size="sm">
        Method: <strong>{forecast.method == null ? "none" : word(forecast.method)}</strong>.{" "}
        {forecast.reasons[0]?.sentence}{" "}
        <span className="quiet">
          Computed <When at={forecast.computed_at} show="relative" />.
        </span>
      </Text>
      {forecast.alternatives.length > 0 && (
        <div>
          <Text size="sm" fw={600} mb={6}>
            Methods that lost
          </Text>
          <AlternativeList alternatives={forecast.alternatives} name={word} />
        </div>
      )}
    </Stack>
  );
}

function Together({ product }: { product: Product }) {
  const query = useQuery(recommendationsQuery({ product: product.id, limit: 10 }));
  return (
    <section className="card" aria-labelledby="together">
      <div className="card-head">
        <Title order={2} id="together">
          Suggest with it
        </Title>
        {query.data && (
          <Why
            what={`suggestions for ${product.title}`}
            reasons={query.data.reasons}
            decisionId={query.data.decision_id}
          />
        )}
      </div>
      <Loaded query={query} skeleton={<Lines n={5} />}>
        {(data) => <Companions items={data.items} currency={product.currency} />}
      </Loaded>
    </section>
  );
}

function Variants({ product }: { product: Product }) {
  // Most products come in one make only, which says nothing that the page does not say already.
  const told = product.variants.every((one) => one.sku === product.sku && one.title == null);
  if (told) return null;
  return (
    <section className="card" aria-labelledby="variants">
      <Title order={2} id="variants">
        Variants
      </Title>
      <ul className="plain-list divided">
        {product.variants.map((one) => (
          <li key={one.id}>
            <Group justify="space-between" gap="sm">
              <Text size="sm">
                {one.title ?? one.sku} {one.title != null && <span className="quiet">{one.sku}</span>}
              </Text>
              <Money minor={one.price_minor} currency={product.currency} />
            </Group>
          </li>
        ))}
      </ul>
    </section>
  );
}
