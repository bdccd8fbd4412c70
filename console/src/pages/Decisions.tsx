/** The log of decisions: what was decided or proposed, and why. */
import { Group, Pill, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { decisionsQuery } from "../api/queries";
import type { Decision } from "../api/types";
import { decisionTitle } from "../lib/decision";
import { useList, type Sorts } from "../lib/hooks";
import { links } from "../lib/links";
import { word } from "../lib/words";
import { Decide } from "../ui/Decide";
import type { Column } from "../ui/DataTable";
import { Choice, SearchField } from "../ui/Filters";
import { Link } from "../ui/Link";
import { ListRows, SortChoice } from "../ui/List";
import { PageHead } from "../ui/PageHead";
import { EmptyState } from "../ui/States";
import { Money, StateBadge, When } from "../ui/Values";
import { Why } from "../ui/Why";

const SORTS: Sorts = [
  { value: "-decided_at", label: "Newest first" },
  { value: "-at_stake", label: "Most money at stake first" },
];
const options = (codes: string[]) => codes.map((value) => ({ value, label: word(value) }));
const KINDS = options(["care", "recommendation", "segment", "forecast"]);
const STATES = options(["proposed", "approved", "dismissed", "snoozed", "recorded", "replaced"]);
const MODES = options(["suggest", "act", "shadow"]);

const COLUMNS: Column<Decision>[] = [
  {
    key: "summary",
    header: "Decision",
    name: true,
    cell: (one) => (
      <>
        <Link href={links.decision(one.id)}>{one.summary}</Link>
        <Text size="sm" c="dimmed" component="div">
          {word(one.kind)} · {word(one.mode)} ·{" "}
          {one.subject_href == null ? one.subject_label : <Link href={one.subject_href}>{one.subject_label}</Link>}
        </Text>
      </>
    ),
  },
  {
    key: "decided",
    header: "Decided",
    sort: "-decided_at",
    cell: (one) => (
      <>
        <StateBadge state={one.state} />
        <div className="quiet">
          <When at={one.decided_at} show="relative" />
        </div>
      </>
    ),
  },
  {
    key: "stake",
    header: "At stake",
    end: true,
    sort: "-at_stake",
    cell: (one) => <Money minor={one.at_stake_minor} currency={one.currency} />,
  },
  {
    key: "actions",
    header: "Answer",
    action: true,
    end: true,
    cell: (one) => (
      <Group gap={6} className="answer">
        {one.state === "proposed" && <Decide decision={one} size="compact-sm" />}
        <Why what={decisionTitle(one)} reasons={one.reasons} decisionId={one.id} />
      </Group>
    ),
  },
];

export function Decisions() {
  const list = useList(SORTS);
  const { search, change } = list;
  const query = useQuery(decisionsQuery(list.asked));
  return (
    <>
      <PageHead title="Decisions" about="Everything Mercer decided or proposes, with its reasons." />
      <Stack gap="md">
        <div className="filters" role="search" aria-label="Filter the decisions">
          <SearchField label="Search" placeholder="What it is about" value={search.q} onChange={(q) => change({ q })} />
          <Choice label="Kind" all="All" value={search.kind} options={KINDS} onChange={(kind) => change({ kind })} />
          <Choice
            label="State"
            all="All"
            value={search.state}
            options={STATES}
            onChange={(state) => change({ state })}
          />
          <Choice label="Mode" all="All" value={search.mode} options={MODES} onChange={(mode) => change({ mode })} />
          <SortChoice sorts={SORTS} list={list} />
        </div>
        {search.subject !== undefined && (
          <Group>
            <Pill
              size="md"
              withRemoveButton
              onRemove={() => change({ subject: undefined })}
              removeButtonProps={{ "aria-label": "Show all subjects", tabIndex: 0, "aria-hidden": false }}
            >
              About: {query.data?.items[0]?.subject_label ?? search.subject}
            </Pill>
          </Group>
        )}
        <ListRows
          label="Decisions"
          path="/decisions"
          noun="decision"
          list={list}
          query={query}
          columns={COLUMNS}
          rowKey={(one) => one.id}
          empty={
            <EmptyState title="No decisions found" action={<Link href={links.decisions()}>Clear the filters</Link>}>
              Decisions are made after orders come in, and recorded here.
            </EmptyState>
          }
        />
      </Stack>
    </>
  );
}
