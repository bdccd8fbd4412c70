/** Reads a stock file, says what it would do, and books it when told. */
import { Button, FileInput, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { importStock, previewStock, reloadStock } from "../api/stock";
import type { Location } from "../api/types";
import { count, whole } from "../lib/format";
import { useStatus } from "../lib/hooks";
import { ActionButton } from "./Buttons";
import { Fact, Facts } from "./Facts";
import { Choice } from "./Filters";
import { ErrorState } from "./States";

/** Rejected rows that are shown; a file with more needs a look at the file. */
const N_REJECTS_SHOWN = 10;

interface Props {
  opened: boolean;
  onClose: () => void;
  locations: Location[];
}

export function StockImport({ opened, onClose, locations }: Props) {
  const currency = useStatus()?.currency ?? "GBP";
  const [file, setFile] = useState<File | null>(null);
  const [location, setLocation] = useState<string | undefined>(undefined);
  const preview = useMutation({ mutationFn: previewStock });
  const book = useMutation({ mutationFn: importStock, onSuccess: () => void reloadStock() });
  const given = (chosen: File) => ({ file: chosen, location: location ?? "", currency });
  const choose = (chosen: File | null) => {
    setFile(chosen);
    book.reset();
    preview.reset();
    if (chosen) preview.mutate(given(chosen));
  };
  const done = book.data;
  return (
    <Modal opened={opened} onClose={onClose} size="lg" title={<Text fw={650}>Import a stock file</Text>}>
      <Stack>
        <Text size="sm">
          A CSV file with a column of SKUs and one of units on hand; location, cost and low level are taken too when
          they are there. The same file again changes nothing.
        </Text>
        <Choice
          label="Location of rows that name none"
          all="As the file says"
          value={location}
          options={locations.map((one) => ({ value: one.code, label: one.name }))}
          onChange={(next) => {
            setLocation(next);
            preview.reset();
          }}
        />
        <FileInput
          label="File"
          placeholder="Choose a CSV file"
          accept=".csv,.txt,.gz,.zst,text/csv"
          value={file}
          onChange={choose}
          clearable
          clearButtonProps={{ "aria-label": "Choose another file" }}
        />
        {preview.isError && <ErrorState error={preview.error} />}
        {preview.data && !done && (
          <>
            <Facts>
              <Fact label="Rows">{whole(preview.data.n_rows)}</Fact>
              <Fact label="Cannot be read">{whole(preview.data.n_rejected)}</Fact>
              <Fact label="Columns" wide>
                {preview.data.columns.join(", ")}
              </Fact>
            </Facts>
            <Rejects rejects={preview.data.rejects} />
          </>
        )}
        {book.isError && <ErrorState error={book.error} />}
        {done && (
          <div role="status">
            <Text fw={600}>
              {count(done.n_changed, "row")} changed something, {whole(done.n_unchanged)} said what was known,{" "}
              {whole(done.n_rejected)} could not be booked.
            </Text>
            <Text size="sm">{count(done.n_skus_added, "new SKU")} added.</Text>
            <Rejects rejects={done.rejects} />
          </div>
        )}
        <Group justify="end">
          <Button variant="default" onClick={onClose}>
            {done ? "Finish" : "Cancel"}
          </Button>
          {!done && (
            <ActionButton
              loading={book.isPending || preview.isPending}
              disabledReason={file === null ? "Choose a file first." : null}
              onClick={() => file && book.mutate(given(file))}
            >
              Book the file
            </ActionButton>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

function Rejects({ rejects }: { rejects: unknown[] }) {
  if (rejects.length === 0) return null;
  return (
    <ul className="plain-list dense divided" aria-label="Rows that cannot be booked">
      {rejects.slice(0, N_REJECTS_SHOWN).map((one, n) => (
        <li key={n}>
          <Text size="sm" className="break">
            {Object.entries(one as Record<string, unknown>)
              .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
              .join(", ")}
          </Text>
        </li>
      ))}
    </ul>
  );
}
