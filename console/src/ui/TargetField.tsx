/** Chooses the lines that a promotion looks at. */
import { Select, Stack, TagsInput, Textarea } from "@mantine/core";
import { newTarget, type Target } from "../lib/promotion";
import { SkuFinder } from "./Finder";

const KINDS: { value: Target["of"]; label: string }[] = [
  { value: "all", label: "All products" },
  { value: "skus", label: "Certain products" },
  { value: "categories", label: "Certain categories" },
  { value: "tags", label: "Lines with a tag" },
  { value: "rule", label: "Lines for which a rule is true" },
];

const NAMES = { skus: "SKUs", products: "Ids of products", categories: "Categories", tags: "Tags" };

interface Props {
  label: string;
  value: Target;
  onChange: (target: Target) => void;
  error?: string | null;
}

export function TargetField({ label, value, onChange, error }: Props) {
  const kinds = value.of === "products" ? [...KINDS, { value: "products", label: "Products by id" }] : KINDS;
  return (
    <Stack gap="xs">
      <Select
        label={label}
        data={kinds}
        value={value.of}
        onChange={(next) => next !== null && onChange(newTarget(next as Target["of"], value))}
        allowDeselect={false}
        error={value.of === "all" ? error : null}
      />
      {"values" in value && (
        <>
          <TagsInput
            label={`${label}: ${NAMES[value.of]}`}
            description="Press Enter after each"
            value={value.values}
            onChange={(values) => onChange({ ...value, values })}
            error={error}
            acceptValueOnBlur
            clearable={false}
          />
          {value.of === "skus" && (
            <SkuFinder
              label={`${label}: find by name`}
              onPick={({ sku }) => {
                if (!value.values.includes(sku)) onChange({ ...value, values: [...value.values, sku] });
              }}
            />
          )}
        </>
      )}
      {value.of === "rule" && (
        <Textarea
          label={`${label}: rule over a line`}
          description="Such as line.unit_price_minor >= 2000 && line.category == 'Tea'"
          value={value.rule}
          onChange={(event) => onChange({ of: "rule", rule: event.currentTarget.value })}
          error={error}
          autosize
          minRows={2}
          styles={{ input: { fontFamily: "monospace" } }}
        />
      )}
    </Stack>
  );
}
