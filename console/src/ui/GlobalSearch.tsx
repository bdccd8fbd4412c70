/** Finds products, customers and orders by text, from anywhere. */
import { Combobox, Loader, TextInput, useCombobox } from "@mantine/core";
import { useDebouncedValue, useHotkeys } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { customersQuery, ordersQuery, productsQuery } from "../api/queries";
import { date, money } from "../lib/format";
import { links } from "../lib/links";

/** Enough to recognise what was meant; the last entry leads to the whole list. */
const N_PER_KIND = 4;

interface Hit {
  href: string;
  label: string;
  about: string;
}

function useHits(q: string): { groups: { name: string; hits: Hit[] }[]; busy: boolean; failed: boolean } {
  const enabled = q.length >= 2;
  const filters = { q, limit: N_PER_KIND };
  const products = useQuery({ ...productsQuery(filters), enabled });
  const customers = useQuery({ ...customersQuery(filters), enabled });
  const orders = useQuery({ ...ordersQuery(filters), enabled });
  const groups = [
    {
      name: "Products",
      hits: (products.data?.items ?? []).map((one) => ({
        href: links.product(one.id),
        label: one.title,
        about: one.sku,
      })),
    },
    {
      name: "Customers",
      hits: (customers.data?.items ?? []).map((one) => ({
        href: links.customer(one.id),
        label: one.name ?? `Customer ${one.external_id}`,
        about: one.email ?? one.external_id,
      })),
    },
    {
      name: "Orders",
      hits: (orders.data?.items ?? []).map((one) => ({
        href: links.order(one.id),
        label: `Order ${one.number}`,
        about: `${date(one.placed_at)}, ${money(one.total_minor, one.currency)}`,
      })),
    },
  ];
  const all = [products, customers, orders];
  return {
    groups: enabled ? groups : [],
    busy: enabled && all.some((one) => one.isFetching),
    failed: all.some((one) => one.isError),
  };
}

export function GlobalSearch() {
  const router = useRouter();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text.trim(), 250);
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const { groups, busy, failed } = useHits(q);
  useHotkeys([
    ["mod+K", () => input.current?.focus()],
    ["/", () => input.current?.focus()],
  ]);
  const go = (href: string) => {
    setText("");
    combobox.closeDropdown();
    input.current?.blur();
    router.history.push(href);
  };
  const n = groups.reduce((sum, group) => sum + group.hits.length, 0);
  return (
    <Combobox store={combobox} onOptionSubmit={go} shadow="md" width={360} position="bottom">
      <Combobox.Target>
        <TextInput
          ref={input}
          type="search"
          aria-label="Search products, customers and orders"
          placeholder="Search (press /)"
          leftSection={<IconSearch size={16} aria-hidden />}
          rightSection={busy ? <Loader size={14} aria-label="Searching" /> : null}
          value={text}
          style={{ flex: "0 1 420px", minWidth: 90 }}
          onChange={(event) => {
            setText(event.currentTarget.value);
            combobox.openDropdown();
            combobox.resetSelectedOption();
          }}
          onFocus={() => text !== "" && combobox.openDropdown()}
          onBlur={() => combobox.closeDropdown()}
          onKeyDown={(event) => {
            if (event.key === "Escape") input.current?.blur();
          }}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={q.length < 2} maw="calc(100vw - 24px)">
        <Combobox.Options mah={420} style={{ overflowY: "auto" }} aria-label="Found">
          {failed && <Combobox.Empty>The search did not answer. Try again.</Combobox.Empty>}
          {!failed && n === 0 && <Combobox.Empty>{busy ? "Searching…" : "Nothing found"}</Combobox.Empty>}
          {groups
            .filter((group) => group.hits.length > 0)
            .map((group) => (
              <Combobox.Group key={group.name} label={group.name}>
                {group.hits.map((hit) => (
                  <Combobox.Option key={hit.href} value={hit.href}>
                    {hit.label} <span className="quiet">{hit.about}</span>
                  </Combobox.Option>
                ))}
              </Combobox.Group>
            ))}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
