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
    <ol className="plain-list divided">
      {items.map((one) => (
        <li key={one.product.id}>
          <Group justify="space-between" wrap="nowrap" align="start" gap="sm">
            <div style={{ minWidth: 0 }}>
              <Link href={links.product(one.product.id)}>{one.product.title}</Link>
              <Text size="sm">{one.reasons[0]?.sentence}</Text>
              <Group gap="xs" mt={2}>
                <Badge color={one.source === "similar" ? "mercer" : "gray"}>{word(one.source)}</Badge>
                {one.product.price_minor != null && (
                  <Text size="sm" c="dimmed">
                    <Money minor={one.product.price_minor} currency={currency} />
                  </Text>
                )}
              </Group>
            </div>
            <Why what={`suggest ${one.product.title}`} reasons={one.reasons} />
          </Group>
        </li>
      ))}
    </ol>
  );
}
