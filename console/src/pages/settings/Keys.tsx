/** API keys: made here, shown once, revoked here. */
import { Alert, Button, Checkbox, Code, CopyButton, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconCheck, IconCopy, IconKey, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, take, toApiError } from "../../api/client";
import { keysQuery, queryClient } from "../../api/queries";
import type { ApiKey, NewApiKey, Scope } from "../../api/types";
import { addDays } from "../../lib/format";
import { word } from "../../lib/words";
import { ActionButton } from "../../ui/Buttons";
import { DataTable, type Column } from "../../ui/DataTable";
import { EmptyState, ErrorState, Loaded } from "../../ui/States";
import { When } from "../../ui/Values";

const SCOPES: [Scope, string][] = [
  ["read", "See everything"],
  ["write", "Send orders, products and customers; answer proposals"],
  ["admin", "Make and revoke keys, retry jobs"],
];

const reload = () => queryClient.invalidateQueries({ queryKey: keysQuery.queryKey });

function stateOf(key: ApiKey): string {
  if (key.revoked_at != null) return "Revoked";
  if (key.expires_at != null && Date.parse(key.expires_at) < Date.now()) return "Expired";
  return "Works";
}

const COLUMNS: Column<ApiKey>[] = [
  { key: "name", header: "Name", name: true, cell: (one) => <strong>{one.name}</strong> },
  { key: "prefix", header: "Begins with", cell: (one) => <Code>{one.prefix}…</Code> },
  { key: "scopes", header: "May", cell: (one) => one.scopes.map(word).join(", ") },
  { key: "state", header: "State", cell: stateOf },
  { key: "used", header: "Last used", cell: (one) => <When at={one.last_used_at} show="relative" /> },
  { key: "expires", header: "Expires", cell: (one) => <When at={one.expires_at} show="date" /> },
  { key: "revoke", header: "Revoke", action: true, cell: (one) => <Revoke apiKey={one} /> },
];

export function Keys() {
  const query = useQuery(keysQuery);
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <Stack>
      <Group justify="space-between">
        <Text size="sm" maw={560}>
          A key lets a program use the API at <Code>/v1</Code>. Give each program its own, with no more than it needs.
        </Text>
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
          Create a key
        </Button>
      </Group>
      <Loaded query={query}>
        {(data) =>
          data.items.length === 0 ? (
            <EmptyState title="No keys yet" />
          ) : (
            <DataTable label="API keys" columns={COLUMNS} rows={data.items} rowKey={(one) => one.id} />
          )
        }
      </Loaded>
      <Modal opened={opened} onClose={close} title={<Text fw={650}>Create an API key</Text>}>
        <CreateKey onClose={close} />
      </Modal>
    </Stack>
  );
}

function CreateKey({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<string[]>(["read"]);
  const [expires, setExpires] = useState("");
  const create = useMutation({
    mutationFn: () =>
      take(
        api.POST("/v1/keys", {
          body: {
            name: name.trim(),
            scopes: scopes as Scope[],
            ...(expires === "" ? {} : { expires_at: `${expires}T23:59:59Z` }),
          },
        }),
      ),
    onSuccess: reload,
  });
  if (create.data) return <Secret created={create.data} onClose={onClose} />;
  const reason =
    name.trim() === "" ? "Give the key a name." : scopes.length === 0 ? "Choose what the key may do." : null;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (reason === null) create.mutate();
      }}
    >
      <Stack>
        <TextInput
          label="Name"
          description="The program that will use it"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={80}
          data-autofocus
        />
        <Checkbox.Group label="What it may do" value={scopes} onChange={setScopes}>
          <Stack gap="xs" mt={6}>
            {SCOPES.map(([value, about]) => (
              <Checkbox key={value} value={value} label={word(value)} description={about} />
            ))}
          </Stack>
        </Checkbox.Group>
        <TextInput
          type="date"
          label="Expires (optional)"
          min={addDays(new Date().toISOString().slice(0, 10), 1)}
          value={expires}
          onChange={(event) => setExpires(event.currentTarget.value)}
        />
        {create.isError && <ErrorState error={create.error} />}
        <Group justify="end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <ActionButton type="submit" loading={create.isPending} disabledReason={reason}>
            Create the key
          </ActionButton>
        </Group>
      </Stack>
    </form>
  );
}

function Secret({ created, onClose }: { created: NewApiKey; onClose: () => void }) {
  return (
    <Stack>
      <Alert color="orange" variant="light" icon={<IconKey aria-hidden />} title="Copy the key now">
        It is shown this once. Mercer keeps only its fingerprint.
      </Alert>
      <Code block className="break" tabIndex={0} aria-label="The new key" style={{ whiteSpace: "pre-wrap" }}>
        {created.secret}
      </Code>
      <Group justify="end">
        <CopyButton value={created.secret}>
          {({ copied, copy }) => (
            <Button
              variant="default"
              leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
              onClick={copy}
            >
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>Finish</Button>
      </Group>
    </Stack>
  );
}

function Revoke({ apiKey }: { apiKey: ApiKey }) {
  const [opened, { open, close }] = useDisclosure(false);
  const revoke = useMutation({
    mutationFn: () => take(api.DELETE("/v1/keys/{id}", { params: { path: { id: apiKey.id } } })),
    onSuccess: () => {
      close();
      notifications.show({ message: `Revoked: ${apiKey.name}` });
    },
    onError: (error) =>
      notifications.show({ title: toApiError(error).title, message: toApiError(error).message, color: "red" }),
    onSettled: reload,
  });
  return (
    <>
      <ActionButton
        size="xs"
        variant="default"
        onClick={open}
        disabledReason={apiKey.revoked_at == null ? null : "This key was revoked before."}
        aria-label={`Revoke ${apiKey.name}`}
      >
        Revoke
      </ActionButton>
      <Modal opened={opened} onClose={close} title={<Text fw={650}>Revoke {apiKey.name}?</Text>}>
        <Text size="sm">Programs that use this key are refused from now on. This cannot be undone.</Text>
        <Group justify="end" mt="md">
          <Button variant="default" onClick={close}>
            Keep the key
          </Button>
          <Button color="red" loading={revoke.isPending} onClick={() => revoke.mutate()}>
            Revoke the key
          </Button>
        </Group>
      </Modal>
    </>
  );
}
