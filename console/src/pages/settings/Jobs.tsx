/** The work in the background; what was parked can be tried again. */
import { Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery } from "@tanstack/react-query";
import { api, take, toApiError } from "../../api/client";
import { jobsQuery, queryClient } from "../../api/queries";
import type { Job } from "../../api/types";
import { count, whole } from "../../lib/format";
import { word } from "../../lib/words";
import { ActionButton } from "../../ui/Buttons";
import { DataTable, type Column } from "../../ui/DataTable";
import { EmptyState, Loaded } from "../../ui/States";
import { None, StateBadge, When } from "../../ui/Values";

const COLUMNS: Column<Job>[] = [
  { key: "kind", header: "Job", name: true, cell: (one) => <strong>{word(one.kind)}</strong> },
  { key: "state", header: "State", cell: (one) => <StateBadge state={one.state} /> },
  { key: "due", header: "Due", cell: (one) => <When at={one.due_at} show="relative" /> },
  { key: "attempts", header: "Attempts", end: true, cell: (one) => whole(one.attempts) },
  {
    key: "error",
    header: "Last error",
    cell: (one) => (one.last_error == null ? <None /> : <span className="break">{one.last_error}</span>),
  },
  { key: "retry", header: "Retry", action: true, cell: (one) => <Retry job={one} /> },
];

export function Jobs() {
  const query = useQuery(jobsQuery);
  return (
    <Stack>
      <Text size="sm" maw={640}>
        Mercer recomputes segments, suggestions and forecasts by itself. A job that failed too often is parked and waits
        for you.
      </Text>
      <Loaded query={query}>
        {(shown) =>
          shown.items.length === 0 ? (
            <EmptyState title="No jobs yet" />
          ) : (
            <div>
              <DataTable label="Jobs" columns={COLUMNS} rows={shown.items} rowKey={(one) => one.id} />
              <Text size="sm" c="dimmed" mt="sm">
                {count(shown.items.length, "job")}, the latest first
              </Text>
            </div>
          )
        }
      </Loaded>
    </Stack>
  );
}

function Retry({ job }: { job: Job }) {
  const retry = useMutation({
    mutationFn: () => take(api.POST("/v1/jobs/{id}/retry", { params: { path: { id: job.id } } })),
    onSuccess: () => notifications.show({ message: `${word(job.kind)} will be tried again now.` }),
    onError: (error) =>
      notifications.show({ title: toApiError(error).title, message: toApiError(error).message, color: "red" }),
    onSettled: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: ["jobs"] }),
        queryClient.invalidateQueries({ queryKey: ["status"] }),
      ]),
  });
  return (
    <ActionButton
      size="xs"
      variant="default"
      loading={retry.isPending}
      onClick={() => retry.mutate()}
      disabledReason={job.state === "parked" ? null : "Only a parked job needs a retry."}
      aria-label={`Retry ${word(job.kind)}`}
    >
      Retry
    </ActionButton>
  );
}
