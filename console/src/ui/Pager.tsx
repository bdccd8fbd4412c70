/** Previous and next page of a list, with the position in the address. */
import { Group, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { PAGE_SIZE } from "../api/queries";
import { count, whole } from "../lib/format";
import { cursorOf, rememberCursor } from "../lib/trail";
import { pageNumber, stringifySearch, type Search } from "../lib/urlState";
import { ActionButton } from "./Buttons";

interface Props {
  /** Which list this is, such as "/orders". */
  list: string;
  search: Search;
  shown: { items: unknown[]; next_cursor?: string | null; total?: number | null };
  noun: string;
  nouns?: string;
  size?: number;
}

export function Pager({ list, search, shown, noun, nouns, size = PAGE_SIZE }: Props) {
  const navigate = useNavigate();
  const page = pageNumber(search);
  const listKey = list + stringifySearch({ ...search, cursor: undefined, page: undefined });
  const first = (page - 1) * size + 1;
  const last = first + shown.items.length - 1;
  const go = (to: number, cursor: string) => {
    rememberCursor(listKey, to, cursor);
    void navigate({
      to: ".",
      search: { ...search, cursor: cursor === "" ? undefined : cursor, page: to > 1 ? String(to) : undefined },
    });
  };
  const before = cursorOf(listKey, page - 1);
  const next = shown.next_cursor ?? null;
  if (page === 1 && next === null) {
    return (
      <Text size="sm" c="dimmed" mt="sm">
        {count(shown.items.length, noun, nouns)}
      </Text>
    );
  }
  return (
    <Group justify="space-between" mt="sm" component="nav" aria-label="Pages of the list">
      <Text size="sm" c="dimmed" className="num">
        {whole(first)}–{whole(last)}
        {shown.total != null && ` of ${count(shown.total, noun, nouns)}`}
      </Text>
      <Group gap="xs">
        <ActionButton
          variant="default"
          size="sm"
          leftSection={<IconChevronLeft size={16} aria-hidden />}
          disabledReason={page === 1 ? "This is the first page." : null}
          onClick={() => (before === null ? go(1, "") : go(page - 1, before))}
        >
          {page > 2 && before === null ? "First page" : "Previous"}
        </ActionButton>
        <ActionButton
          variant="default"
          size="sm"
          rightSection={<IconChevronRight size={16} aria-hidden />}
          disabledReason={next === null ? "This is the last page." : null}
          onClick={() => next !== null && go(page + 1, next)}
        >
          Next
        </ActionButton>
      </Group>
    </Group>
  );
}
