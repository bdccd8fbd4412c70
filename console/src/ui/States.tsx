/** What a page shows while it waits, when there is nothing, and when something went wrong. */
import { Alert, Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconRefresh } from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import { useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { toApiError } from "../api/client";
import { queryClient } from "../api/queries";
import { usePageTitle } from "../lib/hooks";
import { links } from "../lib/links";
import { isFiltered, type Search } from "../lib/urlState";
import { Link } from "./Link";

export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const problem = toApiError(error);
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle aria-hidden />} title={problem.title} role="alert">
      <Text size="sm" className="break">
        {problem.message}
      </Text>
      {onRetry && (
        <Button
          mt="sm"
          size="xs"
          variant="default"
          leftSection={<IconRefresh size={16} aria-hidden />}
          onClick={onRetry}
        >
          Retry
        </Button>
      )}
    </Alert>
  );
}

export function EmptyState({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Stack align="center" gap={6} py="xl" px="md" ta="center" className="card">
      <Text fw={600}>{title}</Text>
      {children != null && (
        <Text size="sm" c="dimmed" maw={440}>
          {children}
        </Text>
      )}
      {action}
    </Stack>
  );
}

/** A list without rows: because of its filters, or because there is nothing in the shop yet. */
export function EmptyList({ nouns, search, list }: { nouns: string; search: Search; list: string }) {
  return isFiltered(search) ? (
    <EmptyState title={`No ${nouns} found`} action={<Link href={list}>Clear the filters</Link>}>
      Nothing matches these filters.
    </EmptyState>
  ) : (
    <EmptyState title={`There are no ${nouns} yet`} action={<Link href={links.import()}>Import orders</Link>}>
      They come in with the shop's orders, from a file or through the API.
    </EmptyState>
  );
}

/** Grey lines in the place of what is coming. */
export function Lines({ n = 6, height = 36 }: { n?: number; height?: number }) {
  return (
    <Stack gap="xs" role="status" aria-label="Loading">
      {Array.from({ length: n }, (_, i) => (
        <Skeleton key={i} height={height} />
      ))}
    </Stack>
  );
}

interface LoadedProps<T> {
  query: UseQueryResult<T>;
  skeleton?: ReactNode;
  children: (data: T) => ReactNode;
}

/** The data of a query, or its skeleton, or its error with a way to try again. */
export function Loaded<T>({ query, skeleton, children }: LoadedProps<T>) {
  if (query.data !== undefined) {
    return (
      <>
        {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
        {children(query.data)}
      </>
    );
  }
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return skeleton ?? <Lines />;
}

export function LoadingPage() {
  return (
    <Stack p="lg" role="status" aria-label="Loading the page">
      <Skeleton height={32} width={220} />
      <Skeleton height={120} />
      <Skeleton height={320} />
    </Stack>
  );
}

export function CrashPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  usePageTitle("Something went wrong");
  const retry = () => {
    void queryClient.resetQueries({ predicate: (one) => one.state.status === "error" });
    reset();
    void router.invalidate();
  };
  return (
    <Stack p="lg" maw={640} mx="auto" mt="xl">
      <Title order={1}>Something went wrong</Title>
      <ErrorState error={error} onRetry={retry} />
    </Stack>
  );
}

export function NotFoundPage() {
  usePageTitle("Page not found");
  return (
    <Stack p="lg" maw={640}>
      <Title order={1}>There is no such page</Title>
      <Text>The address may be mistyped, or what it pointed at is gone.</Text>
      <Group>
        <Link href="/">Go to Today</Link>
      </Group>
    </Stack>
  );
}
