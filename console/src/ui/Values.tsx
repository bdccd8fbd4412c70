/** Money, time and small labels, always with their unit. */
import { Badge } from "@mantine/core";
import {
  IconAlarmSnooze,
  IconAlertTriangle,
  IconCheck,
  IconCircleDashed,
  IconClock,
  IconEye,
  IconPlayerPlay,
  IconQuestionMark,
  IconReplace,
  IconX,
  type Icon,
} from "@tabler/icons-react";
import { useState } from "react";
import { instant, instantDate, instantExact, money, relative } from "../lib/format";
import { useTimeZone } from "../lib/hooks";
import { word } from "../lib/words";

export function Money({ minor, currency }: { minor: number | null | undefined; currency: string | null | undefined }) {
  if (minor == null || currency == null) return <None />;
  return <span className="num nowrap">{money(minor, currency)}</span>;
}

/** The absence of a value, said aloud as well. */
export function None({ label = "none" }: { label?: string }) {
  return (
    <span className="quiet">
      <span aria-hidden="true">–</span>
      <span style={{ position: "absolute", width: 1, height: 1, overflow: "hidden", clipPath: "inset(50%)" }}>
        {label}
      </span>
    </span>
  );
}

/** An instant in the shop's zone; the exact one on hover. */
export function When({
  at,
  show = "instant",
}: {
  at: string | null | undefined;
  show?: "instant" | "date" | "relative";
}) {
  const timeZone = useTimeZone();
  const [now] = useState(() => Date.now());
  if (at == null) return <None label="never" />;
  const text =
    show === "relative" ? relative(at, now) : show === "date" ? instantDate(at, timeZone) : instant(at, timeZone);
  return (
    <time dateTime={at} title={instantExact(at, timeZone)} className="nowrap">
      {text}
    </time>
  );
}

const STATES: Record<string, { color: string; icon: Icon }> = {
  proposed: { color: "orange", icon: IconQuestionMark },
  approved: { color: "green", icon: IconCheck },
  dismissed: { color: "gray", icon: IconX },
  snoozed: { color: "violet", icon: IconAlarmSnooze },
  replaced: { color: "gray", icon: IconReplace },
  recorded: { color: "gray", icon: IconCircleDashed },
  shadow: { color: "gray", icon: IconEye },
  suggest: { color: "blue", icon: IconQuestionMark },
  act: { color: "mercer", icon: IconPlayerPlay },
  open: { color: "blue", icon: IconCircleDashed },
  priced: { color: "blue", icon: IconCircleDashed },
  held: { color: "orange", icon: IconClock },
  committed: { color: "green", icon: IconCheck },
  released: { color: "gray", icon: IconX },
  expired: { color: "gray", icon: IconX },
  draft: { color: "gray", icon: IconCircleDashed },
  scheduled: { color: "blue", icon: IconClock },
  on: { color: "green", icon: IconPlayerPlay },
  active: { color: "green", icon: IconPlayerPlay },
  paused: { color: "orange", icon: IconClock },
  ended: { color: "gray", icon: IconX },
  fulfilled: { color: "green", icon: IconCheck },
  cancelled: { color: "gray", icon: IconX },
  running: { color: "blue", icon: IconPlayerPlay },
  waiting: { color: "gray", icon: IconClock },
  done: { color: "green", icon: IconCheck },
  failed: { color: "red", icon: IconAlertTriangle },
  parked: { color: "red", icon: IconAlertTriangle },
};

/** A state in words, with an icon so that it does not depend on its colour. */
export function StateBadge({ state }: { state: string }) {
  const { color, icon: StateIcon } = STATES[state] ?? { color: "gray", icon: IconCircleDashed };
  return (
    <Badge color={color} leftSection={<StateIcon size={13} aria-hidden />} style={{ flexShrink: 0 }}>
      {word(state)}
    </Badge>
  );
}
