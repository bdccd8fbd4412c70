/** Suggested products, each with why. */
import { Badge, Group, Text } from "@mantine/core";
import type { Recommendation } from "../api/types";
import { links } from "../lib/links";
import { word } from "../lib/words";
import { Link } from "./Link";
import { Money } from "./Values";
import { Why } from "./Why";

export function Companions({ items, currency }: { items: Recommendation[]; currency: string }) {
  if (items.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Nothing to suggest yet. More orders make suggestions possible.
      </Text>
    );
  }
  return (
    <ol className="plain-list divided dense">
      {items.map((one) => (
        <li key={one.product.id}>
          <Group justify="space-between" wrap="nowrap" align="start" gap="sm">
            <div style={{ minWidth: 0 }}>
              <Link href={links.product(one.product.id)}>{one.product.title}</Link>
              {one.product.price_minor != null && (
                <span className="quiet">
                  {" "}
                  <Money minor={one.product.price_minor} currency={currency} />
                </span>
              )}
            </div>
            <Why what={`suggest ${one.product.title}`} reasons={one.reasons} />
          </Group>
          <Text size="sm" c="dimmed">
            {one.reasons[0]?.sentence}
          </Text>
          {one.source === "popular" && <Badge color="gray">{word(one.source)}</Badge>}
        </li>
      ))}
    </ol>
  );
}
