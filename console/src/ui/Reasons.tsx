/** The reasons of a decision: sentences, each with a bar for how much it counted. */
import { Group, Stack, Text } from "@mantine/core";
import type { Reason } from "../api/types";
import { percent } from "../lib/format";
import { None } from "./Values";

/** The share of each reason in all that was weighed, from 0 to 1. */
export function shares(reasons: Reason[]): number[] {
  const total = reasons.reduce((sum, one) => sum + Math.abs(one.weight), 0);
  return reasons.map((one) => (total > 0 ? Math.abs(one.weight) / total : 0));
}

export function ReasonList({ reasons }: { reasons: Reason[] }) {
  if (reasons.length === 0) return <Text size="sm">No reasons were recorded.</Text>;
  const parts = shares(reasons);
  return (
    <ol className="plain-list divided">
      {reasons.map((reason, n) => {
        const share = parts[n] ?? 0;
        const against = reason.weight < 0;
        return (
          <li key={`${reason.code} ${n}`}>
            <Text size="sm">{reason.sentence}</Text>
            <Group gap="sm" mt={4} wrap="nowrap">
              <div className="bar" style={{ flex: 1 }} aria-hidden="true">
                <span className={against ? "against" : undefined} style={{ width: `${Math.round(share * 100)}%` }} />
              </div>
              <Text size="xs" c="dimmed" className="num nowrap" w={170} ta="end">
                {share > 0 && share < 0.001 ? "under 0.1 %" : percent(share)} of the weight{against ? ", against" : ""}
              </Text>
            </Group>
          </li>
        );
      })}
    </ol>
  );
}

interface Alternative {
  name: string;
  score: number | null;
  lost_because: string;
}

/** What else could have been done and why it was not. */
export function AlternativeList({
  alternatives,
  name,
}: {
  alternatives: Alternative[];
  name: (code: string) => string;
}) {
  return (
    <ul className="plain-list divided">
      {alternatives.map((one) => (
        <li key={one.name}>
          <Group justify="space-between" gap="sm" wrap="nowrap" align="baseline">
            <Text size="sm" fw={600}>
              {name(one.name)}
            </Text>
            <Text size="xs" c="dimmed" className="num nowrap">
              score {one.score == null ? <None /> : one.score.toFixed(2)}
            </Text>
          </Group>
          <Text size="sm">{one.lost_because}</Text>
        </li>
      ))}
    </ul>
  );
}

export function Section({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <Stack gap="xs" component="section">
      <h3 style={{ margin: 0, fontSize: "0.9375rem" }}>{title}</h3>
      {children}
    </Stack>
  );
}
