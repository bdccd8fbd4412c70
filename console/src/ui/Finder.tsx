/** A field that finds rows of the shop while its text is typed, by the keyboard or the pointer. */
import { Combobox, Loader, TextInput, useCombobox } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { take, api } from "../api/client";
import { customersQuery, queryClient, productQuery, productsQuery } from "../api/queries";
import { money } from "../lib/format";

/** Enough to recognise what was meant; more letters find less. */
const N_HITS = 8;

export interface Found {
  /** What is given to `onPick`. */
  value: string;
  label: string;
  about?: string;
}

interface FinderProps {
  label: string;
  description?: string;
  placeholder?: string;
  error?: string | null;
  text: string;
  onText: (text: string) => void;
  hits: Found[];
  busy: boolean;
  failed: boolean;
  onPick: (hit: Found) => void;
}

function Finder(props: FinderProps) {
  const { label, hits, busy, failed, text } = props;
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const pick = (value: string) => {
    const hit = hits.find((one) => one.value === value);
    if (hit) props.onPick(hit);
    combobox.resetSelectedOption();
  };
  return (
    <Combobox store={combobox} onOptionSubmit={pick} shadow="md">
      <Combobox.Target>
        <TextInput
          type="search"
          label={label}
          description={props.description}
          placeholder={props.placeholder}
          error={props.error}
          leftSection={<IconSearch size={16} aria-hidden />}
          rightSection={busy ? <Loader size={14} aria-label="Searching" /> : null}
          value={text}
          onChange={(event) => {
            props.onText(event.currentTarget.value);
            combobox.openDropdown();
            combobox.updateSelectedOptionIndex();
          }}
          onFocus={() => hits.length > 0 && combobox.openDropdown()}
          onBlur={() => combobox.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={text.trim().length < 2 && hits.length === 0}>
        <Combobox.Options mah={320} style={{ overflowY: "auto" }} aria-label={`Found for ${label}`}>
          {failed && <Combobox.Empty>The search did not answer. Try again.</Combobox.Empty>}
          {!failed && hits.length === 0 && <Combobox.Empty>{busy ? "Searching…" : "Nothing found"}</Combobox.Empty>}
          {hits.map((hit) => (
            <Combobox.Option key={hit.value} value={hit.value}>
              {hit.label} {hit.about !== undefined && <span className="quiet">{hit.about}</span>}
            </Combobox.Option>
          ))}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

/** What is known of a SKU that was picked. */
export interface PickedSku {
  sku: string;
  title: string;
  priceMinor: number | null;
}

interface SkuFinderProps {
  label?: string;
  description?: string;
  error?: string | null;
  onPick: (picked: PickedSku) => void;
}

/** Finds a SKU by the product's name or by itself; a product with several SKUs asks which. */
export function SkuFinder({ label = "Add a product", description, error, onPick }: SkuFinderProps) {
  const [text, setText] = useState("");
  const [variants, setVariants] = useState<(PickedSku & { price: string })[] | null>(null);
  const [q] = useDebouncedValue(text.trim(), 250);
  const query = useQuery({ ...productsQuery({ q, limit: N_HITS }), enabled: q.length >= 2 });
  const products = q.length >= 2 ? (query.data?.items ?? []) : [];
  const finish = (picked: PickedSku) => {
    setText("");
    setVariants(null);
    onPick(picked);
  };
  const open = async (id: string) => {
    const product = await queryClient.query(productQuery(id));
    const skus = product.variants.map((one) => ({
      sku: one.sku,
      title: one.title === null ? product.title : `${product.title}, ${one.title}`,
      priceMinor: one.price_minor ?? product.price_minor,
      price: one.price_minor === null ? "" : money(one.price_minor, product.currency),
    }));
    const only = skus.length === 1 ? skus[0] : undefined;
    if (only) finish(only);
    else setVariants(skus);
  };
  const hits: Found[] =
    variants?.map((one) => ({ value: one.sku, label: one.title, about: `${one.sku} ${one.price}` })) ??
    products.map((one) => ({ value: one.id, label: one.title, about: one.sku }));
  return (
    <Finder
      label={label}
      description={description}
      placeholder="Name or SKU"
      error={error}
      text={text}
      onText={(next) => {
        setText(next);
        setVariants(null);
      }}
      hits={hits}
      busy={q.length >= 2 && query.isFetching}
      failed={query.isError}
      onPick={(hit) => {
        const variant = variants?.find((one) => one.sku === hit.value);
        if (variant) finish(variant);
        else void open(hit.value);
      }}
    />
  );
}

/** Finds a customer by name, e-mail or the shop's id. */
export function CustomerFinder({
  label = "Find a customer",
  onPick,
}: {
  label?: string;
  onPick: (id: string) => void;
}) {
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text.trim(), 250);
  const query = useQuery({ ...customersQuery({ q, limit: N_HITS }), enabled: q.length >= 2 });
  const rows = q.length >= 2 ? (query.data?.items ?? []) : [];
  return (
    <Finder
      label={label}
      placeholder="Name, e-mail or number"
      text={text}
      onText={setText}
      hits={rows.map((one) => ({
        value: one.id,
        label: one.name ?? `Customer ${one.external_id}`,
        about: one.email ?? one.external_id,
      }))}
      busy={q.length >= 2 && query.isFetching}
      failed={query.isError}
      onPick={(hit) => {
        setText("");
        onPick(hit.value);
      }}
    />
  );
}

/** The product of a SKU by name, as a link to its page; the SKU alone where the shop does not know it. */
export async function findSku(sku: string) {
  const { items } = await take(api.GET("/v1/products", { params: { query: { q: sku, limit: N_HITS } } }));
  return items.find((one) => one.sku === sku) ?? items[0] ?? null;
}
