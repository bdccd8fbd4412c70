/** Import: drop a file, see how it is read, start, follow, and see what became of every row. */
import { Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { importsQuery } from "../api/queries";
import type { Import } from "../api/types";
import { count, duration } from "../lib/format";
import { useFilters } from "../lib/hooks";
import { links } from "../lib/links";
import { word } from "../lib/words";
import { DataTable, type Column } from "../ui/DataTable";
import { Link } from "../ui/Link";
import { PageHead } from "../ui/PageHead";
import { Pager } from "../ui/Pager";
import { EmptyState, Lines, Loaded } from "../ui/States";
import { None, StateBadge, When } from "../ui/Values";
import { DropArea } from "./import/DropArea";
import { ImportProgress } from "./import/ImportProgress";
import { Preview } from "./import/Preview";

export function ImportPage() {
  const [search] = useFilters();
  const navigate = useNavigate();
  const [file, setFile] = useState<File | null>(null);
  const started = (id: string) => {
    setFile(null);
    void navigate({ to: "/import", search: { id } });
  };
  if (search.id !== undefined) {
    return (
      <>
        <PageHead title="Import" parent={{ href: links.import(), label: "All imports" }} />
        <ImportProgress key={search.id} id={search.id} />
      </>
    );
  }
  return (
    <>
      <PageHead
        title="Import"
        about="Orders from a file: CSV, also packed by gzip or zstd. The same file twice changes nothing."
      />
      <Stack gap="lg">
        {file === null ? (
          <DropArea onFile={setFile} />
        ) : (
          <Preview key={`${file.name} ${file.size}`} file={file} onCancel={() => setFile(null)} onStarted={started} />
        )}
        {file === null && <PastImports />}
      </Stack>
    </>
  );
}

const COLUMNS: Column<Import>[] = [
  {
    key: "file",
    header: "File",
    name: true,
    cell: (one) => (
      <>
        <Link href={links.import({ id: one.id })}>{one.file_name}</Link>
        {one.dry_run && <span className="quiet"> (dry run)</span>}
      </>
    ),
  },
  { key: "state", header: "State", cell: (one) => <StateBadge state={one.state} /> },
  { key: "started", header: "Started", cell: (one) => <When at={one.started_at} show="relative" /> },
  { key: "preset", header: "Preset", cell: (one) => word(one.preset) },
  { key: "rows", header: "Rows", end: true, cell: (one) => count(one.rows, "row") },
  {
    key: "rejected",
    header: "Rejected",
    end: true,
    cell: (one) =>
      one.rejected === 0 ? <None /> : <Link href={links.import({ id: one.id })}>{count(one.rejected, "row")}</Link>,
  },
  { key: "seconds", header: "Took", end: true, cell: (one) => duration(one.seconds) },
];

function PastImports() {
  const [search] = useFilters();
  const query = useQuery(importsQuery(search.cursor));
  return (
    <section aria-labelledby="past">
      <Title order={2} id="past" mb="sm">
        Past imports
      </Title>
      <Loaded query={query} skeleton={<Lines n={4} />}>
        {(shown) =>
          shown.items.length === 0 ? (
            <EmptyState title="Nothing was imported yet" />
          ) : (
            <>
              <DataTable label="Past imports" columns={COLUMNS} rows={shown.items} rowKey={(one) => one.id} />
              <Pager list="/import" search={search} shown={shown} noun="import" size={20} />
            </>
          )
        }
      </Loaded>
    </section>
  );
}
