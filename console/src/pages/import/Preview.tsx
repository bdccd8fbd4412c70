/** How a file will be read: its preset, which column is what, some rows, and the options of the import. */
import {
  Alert,
  Button,
  Checkbox,
  Group,
  Progress,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { previewImport, startImport } from "../../api/client";
import { queryClient } from "../../api/queries";
import type { ImportPreview } from "../../api/types";
import { bytes, count, percent } from "../../lib/format";
import { useStatus } from "../../lib/hooks";
import { word } from "../../lib/words";
import { ActionButton } from "../../ui/Buttons";
import { DataTable } from "../../ui/DataTable";
import { ErrorState, Lines, Loaded } from "../../ui/States";

const PRESETS = ["auto", "online-retail", "shopify", "woocommerce", "generic"].map((value) => ({
  value,
  label: word(value),
}));

const DATE_ORDERS = [
  { value: "", label: "Find out by itself" },
  { value: "dmy", label: "Day first: 3 April" },
  { value: "mdy", label: "Month first: 4 March" },
  { value: "ymd", label: "Year first" },
];

interface Props {
  file: File;
  onCancel: () => void;
  onStarted: (id: string) => void;
}

export function Preview({ file, onCancel, onStarted }: Props) {
  const status = useStatus();
  const [preset, setPreset] = useState("auto");
  const query = useQuery({
    queryKey: ["preview", file.name, file.size, file.lastModified, preset],
    queryFn: () => previewImport(file, { preset, timeZone: status?.time_zone, currency: status?.currency }),
    enabled: status !== undefined,
    staleTime: Infinity,
  });
  return (
    <Stack>
      <section className="card" aria-labelledby="file">
        <div className="card-head">
          <div>
            <Title order={2} id="file" className="break">
              {file.name}
            </Title>
            <Text size="sm" c="dimmed">
              {bytes(file.size)}
            </Text>
          </div>
          <Button variant="default" size="xs" onClick={onCancel}>
            Choose another file
          </Button>
        </div>
        <Select
          label="Where the file comes from"
          description={query.data?.preset_guessed ? `Recognised as ${word(query.data.preset)}.` : undefined}
          data={PRESETS}
          value={preset}
          onChange={(next) => setPreset(next ?? "auto")}
          allowDeselect={false}
          maw={360}
        />
      </section>
      <Loaded query={query} skeleton={<Lines n={6} />}>
        {(preview) => <Plan key={`${preset} ${preview.preset}`} file={file} preview={preview} onStarted={onStarted} />}
      </Loaded>
    </Stack>
  );
}

interface PlanProps {
  file: File;
  preview: ImportPreview;
  onStarted: (id: string) => void;
}

function Plan({ file, preview, onStarted }: PlanProps) {
  const status = useStatus();
  const [mapping, setMapping] = useState(() => new Map(preview.mapping.map((one) => [one.field, one.column])));
  const [timeZone, setTimeZone] = useState(status?.time_zone ?? "UTC");
  const [currency, setCurrency] = useState(status?.currency ?? "");
  const [dates, setDates] = useState("");
  const [dryRun, setDryRun] = useState(false);
  const [sent, setSent] = useState(0);
  const changed = preview.mapping.some((one) => mapping.get(one.field) !== one.column);
  const start = useMutation({
    mutationFn: () => {
      // The preset's own mapping needs no repeating; only a changed one is sent.
      const chosen = changed
        ? Object.fromEntries([...mapping].filter((pair): pair is [string, string] => pair[1] != null))
        : {};
      return startImport(
        file,
        { preset: preview.preset, timeZone, currency: currency.toUpperCase(), dryRun, dates, mapping: chosen },
        setSent,
      );
    },
    onSuccess: (started) => {
      queryClient.setQueryData(["import", started.id], started);
      void queryClient.invalidateQueries({ queryKey: ["imports"] });
      onStarted(started.id);
    },
  });
  const missing = preview.mapping.filter((one) => one.required && mapping.get(one.field) == null);
  const reason =
    missing.length > 0
      ? `Say which column is: ${missing.map((one) => one.label).join(", ")}.`
      : !/^[A-Za-z]{3}$/.test(currency)
        ? "Give the currency as three letters, such as GBP."
        : null;
  return (
    <>
      {preview.problems.length > 0 && (
        <Alert
          color="orange"
          variant="light"
          icon={<IconAlertTriangle aria-hidden />}
          title={count(preview.problems.length, "thing to know", "things to know")}
        >
          <ul style={{ margin: 0, paddingInlineStart: "1.1rem" }}>
            {preview.problems.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        </Alert>
      )}
      <Mapping
        preview={preview}
        mapping={mapping}
        onChange={(field, column) => setMapping(new Map(mapping).set(field, column))}
      />
      <Sample preview={preview} />
      <section className="card" aria-labelledby="options">
        <Title order={2} id="options">
          Options
        </Title>
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }}>
          <Select
            label="Time zone of the file's dates"
            data={timeZones()}
            value={timeZone}
            onChange={(next) => setTimeZone(next ?? timeZone)}
            searchable
            allowDeselect={false}
            limit={200}
          />
          <TextInput
            label="Currency of its amounts"
            description="Three letters, ISO 4217"
            inputWrapperOrder={["label", "input", "description"]}
            value={currency}
            maxLength={3}
            onChange={(event) => setCurrency(event.currentTarget.value.toUpperCase())}
          />
          <Select
            label="Dates such as 03/04/2024"
            data={DATE_ORDERS}
            value={dates}
            onChange={(next) => setDates(next ?? "")}
            allowDeselect={false}
          />
          <Checkbox
            mt={{ base: 0, sm: 30 }}
            label="Dry run"
            description="Read and check everything, keep nothing"
            checked={dryRun}
            onChange={(event) => setDryRun(event.currentTarget.checked)}
          />
        </SimpleGrid>
        {start.isError && (
          <div style={{ marginTop: 12 }}>
            <ErrorState error={start.error} />
          </div>
        )}
        {start.isPending && (
          <Stack gap={4} mt="md">
            <Progress value={sent * 100} aria-label="Sending the file" />
            <Text size="sm">Sending the file: {percent(sent)}</Text>
          </Stack>
        )}
        <Group mt="md">
          <ActionButton loading={start.isPending} disabledReason={reason} onClick={() => start.mutate()}>
            {dryRun ? "Try the import" : "Start the import"}
          </ActionButton>
          {reason !== null && (
            <Text size="sm" c="dimmed">
              {reason}
            </Text>
          )}
        </Group>
      </section>
    </>
  );
}

function timeZones(): string[] {
  return [...new Set(["UTC", ...Intl.supportedValuesOf("timeZone")])];
}

interface MappingProps {
  preview: ImportPreview;
  mapping: Map<string, string | null>;
  onChange: (field: string, column: string | null) => void;
}

function Mapping({ preview, mapping, onChange }: MappingProps) {
  return (
    <section aria-labelledby="mapping">
      <Title order={2} id="mapping" mb="sm">
        Which column is what
      </Title>
      <DataTable
        label="Which column is what"
        rows={preview.mapping}
        rowKey={(one) => one.field}
        columns={[
          {
            key: "field",
            header: "In Mercer",
            name: true,
            cell: (one) => (
              <>
                {one.label}
                {one.required && <span className="quiet"> (needed)</span>}
              </>
            ),
          },
          {
            key: "column",
            header: "Column of the file",
            cell: (one) => (
              <Select
                size="xs"
                aria-label={`Column for ${one.label}`}
                data={[...new Set(preview.columns)]}
                value={mapping.get(one.field) ?? null}
                onChange={(next) => onChange(one.field, next)}
                placeholder="Not in the file"
                clearable={!one.required}
                searchable
                miw={160}
              />
            ),
          },
          {
            key: "how",
            header: "How it was found",
            cell: (one) => {
              const column = mapping.get(one.field) ?? null;
              if (column !== one.column) return "Changed by you";
              if (column === null) return one.required ? "Not found: choose one" : "Not in the file";
              return one.guessed ? "Guessed from its name" : "Known from the preset";
            },
          },
          {
            key: "example",
            header: "Example",
            cell: (one) => {
              const at = preview.columns.indexOf(mapping.get(one.field) ?? "");
              return <span className="quiet break">{preview.sample[0]?.[at] ?? ""}</span>;
            },
          },
        ]}
      />
    </section>
  );
}

function Sample({ preview }: { preview: ImportPreview }) {
  return (
    <section aria-labelledby="sample">
      <Title order={2} id="sample" mb="sm">
        First rows of the file
      </Title>
      <DataTable
        label="First rows of the file"
        alwaysTable
        rows={preview.sample.map((cells, n) => ({ cells, n }))}
        rowKey={(row) => String(row.n)}
        columns={preview.columns.map((header, i) => ({
          key: `${i}`,
          header,
          cell: (row: { cells: string[] }) => <span className="nowrap">{row.cells[i] ?? ""}</span>,
        }))}
      />
    </section>
  );
}
