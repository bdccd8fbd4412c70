/** How good the engines are on the shop's own past, beside simple baselines. */
import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconCheck, IconInfoCircle } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { api, take } from "../../api/client";
import type { Evaluation } from "../../api/types";
import { count, date, duration } from "../../lib/format";
import { word } from "../../lib/words";
import { DataTable } from "../../ui/DataTable";
import { ErrorState } from "../../ui/States";
import { None } from "../../ui/Values";

/** The same split and the same samples each time, so that two runs can be compared. */
const SEED = 1;

const ENGINES = [
  [
    "recommend",
    "Suggestions",
    "Hides each customer's last purchases and asks how many of them would have been suggested.",
  ],
  ["forecast", "Forecasts", "Forecasts the last weeks from what came before, and measures the error."],
] as const;

export function Quality() {
  return (
    <div className="grid">
      {ENGINES.map(([engine, title, about]) => (
        <Engine key={engine} engine={engine} title={title} about={about} />
      ))}
    </div>
  );
}

function Engine({ engine, title, about }: { engine: "recommend" | "forecast"; title: string; about: string }) {
  const run = useMutation({ mutationFn: () => take(api.POST("/v1/evaluations", { body: { engine, seed: SEED } })) });
  const action = run.data ? "Evaluate again" : "Evaluate";
  return (
    <section className="card" aria-labelledby={`quality-${engine}`}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} id={`quality-${engine}`}>
            {title}
          </Title>
          <Button size="xs" loading={run.isPending} onClick={() => run.mutate()} aria-label={`${action}: ${title}`}>
            {action}
          </Button>
        </Group>
        <Text size="sm" c="dimmed">
          {about}
        </Text>
        {run.isError && <ErrorState error={run.error} onRetry={() => run.mutate()} />}
        {run.data && <Outcome evaluation={run.data} />}
      </Stack>
    </section>
  );
}

const figure = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 3, maximumFractionDigits: 3 });

function Outcome({ evaluation }: { evaluation: Evaluation }) {
  const tasks = [...new Set(evaluation.metrics.map((one) => one.task))];
  return (
    <Stack gap="sm">
      <Alert
        color={evaluation.better ? "green" : "orange"}
        variant="light"
        icon={evaluation.better ? <IconCheck aria-hidden /> : <IconInfoCircle aria-hidden />}
        title={evaluation.better ? "Better than the baseline" : "Not better than the baseline"}
      >
        {evaluation.sentence}
      </Alert>
      {tasks.map((task) => (
        <Measures key={task} task={task} metrics={evaluation.metrics.filter((one) => one.task === task)} />
      ))}
      <Text size="xs" c="dimmed">
        {count(evaluation.n_cases, "case")}, split at {date(evaluation.split_at)}, seed {evaluation.seed}, took{" "}
        {duration(evaluation.seconds)}.
      </Text>
    </Stack>
  );
}

type Measured = Evaluation["metrics"][number];

/** A row for each measure and a column for each method: there are more measures than methods. */
function Measures({ task, metrics }: { task: string; metrics: Measured[] }) {
  const names = [...new Set(metrics.flatMap((one) => Object.keys(one.values)))];
  return (
    <div>
      <Text size="sm" fw={600} mb={6}>
        {word(task)} <span className="quiet">{count(metrics[0]?.n_cases ?? 0, "case")}</span>
      </Text>
      <DataTable
        label={word(task)}
        alwaysTable
        rows={names}
        rowKey={(name) => name}
        columns={[
          { key: "measure", header: "Measure", name: true, cell: (name) => word(name) },
          ...metrics.map((one) => ({
            key: one.method,
            header: `${word(one.method)}${one.is_baseline ? " (baseline)" : ""}`,
            end: true,
            wrap: true,
            cell: (name: string) =>
              one.values[name] === undefined ? <None label="not measured" /> : figure.format(one.values[name]),
          })),
        ]}
      />
    </div>
  );
}
