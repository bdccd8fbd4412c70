/** Approve, dismiss or snooze a proposal, right where it is shown. */
import { Button, Group, Menu, Popover, Stack, Textarea } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconAlarmSnooze, IconCheck, IconX, type Icon } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, take, toApiError } from "../api/client";
import { queryClient } from "../api/queries";
import type { Decision } from "../api/types";
import { decisionTitle } from "../lib/decision";

/** The compact one has no icons: for tables. */
type Size = "xs" | "sm" | "compact-sm";

type Verdict = { act: "approve" } | { act: "dismiss"; note: string } | { act: "snooze"; until: string };

const DONE = { approve: "Approved", dismiss: "Dismissed", snooze: "Snoozed" } as const;

function send(id: string, verdict: Verdict): Promise<Decision> {
  const params = { path: { id } };
  if (verdict.act === "approve") return take(api.POST("/v1/decisions/{id}/approve", { params }));
  if (verdict.act === "snooze") {
    return take(api.POST("/v1/decisions/{id}/snooze", { params, body: { until: verdict.until } }));
  }
  const body = verdict.note.trim() === "" ? {} : { note: verdict.note.trim() };
  return take(api.POST("/v1/decisions/{id}/dismiss", { params, body }));
}

/** Nine in the morning, this many days from now, where the person is. */
function inDays(days: number): string {
  const at = new Date();
  at.setDate(at.getDate() + days);
  at.setHours(9, 0, 0, 0);
  return at.toISOString();
}

const SNOOZES: [string, number][] = [
  ["Until tomorrow", 1],
  ["For a week", 7],
  ["For four weeks", 28],
];

function icon(size: Size, Shown: Icon) {
  return size === "compact-sm" ? undefined : <Shown size={16} aria-hidden />;
}

export function Decide({ decision, size = "xs" }: { decision: Decision; size?: Size }) {
  const resolve = useMutation({
    mutationFn: (verdict: Verdict) => send(decision.id, verdict),
    onSuccess: (_, verdict) => {
      notifications.show({
        message: `${DONE[verdict.act]}: ${decisionTitle(decision)}`,
        color: "green",
        icon: <IconCheck size={18} aria-hidden />,
      });
    },
    onError: (error) => {
      const problem = toApiError(error);
      notifications.show({ title: problem.title, message: problem.message, color: "red", autoClose: 10_000 });
    },
    onSettled: () =>
      Promise.all(
        ["decisions", "decision", "today", "status"].map((key) => queryClient.invalidateQueries({ queryKey: [key] })),
      ),
  });
  const busy = resolve.isPending;
  return (
    <Group gap={size === "compact-sm" ? 6 : "xs"} className="decide">
      <Button
        size={size}
        loading={busy}
        leftSection={icon(size, IconCheck)}
        onClick={() => resolve.mutate({ act: "approve" })}
        aria-label={`Approve: ${decisionTitle(decision)}`}
      >
        Approve
      </Button>
      <Dismiss decision={decision} size={size} onDismiss={(note) => resolve.mutate({ act: "dismiss", note })} />
      <Menu shadow="md" position="bottom-start">
        <Menu.Target>
          <Button
            size={size}
            variant="default"
            leftSection={icon(size, IconAlarmSnooze)}
            aria-label={`Snooze: ${decisionTitle(decision)}`}
          >
            Snooze
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {SNOOZES.map(([label, days]) => (
            <Menu.Item key={days} onClick={() => resolve.mutate({ act: "snooze", until: inDays(days) })}>
              {label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}

interface DismissProps {
  decision: Decision;
  size: Size;
  onDismiss: (note: string) => void;
}

function Dismiss({ decision, size, onDismiss }: DismissProps) {
  const [opened, setOpened] = useState(false);
  const [note, setNote] = useState("");
  return (
    <Popover opened={opened} onChange={setOpened} width={280} shadow="md" trapFocus withRoles position="bottom-start">
      <Popover.Target>
        <Button
          size={size}
          variant="default"
          leftSection={icon(size, IconX)}
          onClick={() => setOpened(!opened)}
          aria-label={`Dismiss: ${decisionTitle(decision)}`}
        >
          Dismiss
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={`Dismiss: ${decisionTitle(decision)}`}>
        <Stack gap="xs">
          <Textarea
            label="Reason (optional)"
            description="Kept with the decision, for the next time."
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
            autosize
            minRows={2}
            maxLength={500}
          />
          <Button
            size="xs"
            onClick={() => {
              setOpened(false);
              onDismiss(note);
            }}
          >
            Dismiss the proposal
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
