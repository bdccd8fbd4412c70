/** How offers are combined, taxed and held, for each channel. */
import { Group, Select, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, take, toApiError } from "../../api/client";
import { offersQuery } from "../../api/promotions";
import { channelsQuery, queryClient } from "../../api/queries";
import type { Channel, OfferSettings } from "../../api/types";
import { ActionButton } from "../../ui/Buttons";
import { CountField, PercentField } from "../../ui/Fields";
import { EmptyState, ErrorState, Lines, Loaded } from "../../ui/States";

export function Offers() {
  const channels = useQuery(channelsQuery);
  return (
    <Loaded query={channels}>
      {(data) =>
        data.items.length === 0 ? (
          <EmptyState title="No channels yet">They come with the first orders.</EmptyState>
        ) : (
          <Stack>
            <Text size="sm" maw={560}>
              What holds for the price of a cart. Quotes made before keep their price.
            </Text>
            {data.items.map((channel) => (
              <ChannelOffers key={channel.code} channel={channel} />
            ))}
          </Stack>
        )
      }
    </Loaded>
  );
}

function ChannelOffers({ channel }: { channel: Channel }) {
  const query = useQuery(offersQuery(channel.code));
  return (
    <section className="card" aria-labelledby={`offers-${channel.code}`}>
      <Title order={2} id={`offers-${channel.code}`}>
        {channel.name}
      </Title>
      <Loaded query={query} skeleton={<Lines n={3} />}>
        {(offers) => <OfferForm code={channel.code} initial={offers} />}
      </Loaded>
    </section>
  );
}

function OfferForm({ code, initial }: { code: string; initial: OfferSettings }) {
  const [offers, setOffers] = useState(initial);
  const set = (changes: Partial<OfferSettings>) => setOffers({ ...offers, ...changes });
  const save = useMutation({
    mutationFn: () => take(api.PUT("/v1/channels/{code}/offers", { params: { path: { code } }, body: offers })),
    onSuccess: (kept) => {
      queryClient.setQueryData(offersQuery(code).queryKey, kept);
      notifications.show({ message: "Kept. It holds for the next price of a cart.", color: "green" });
    },
  });
  const refused = save.isError ? toApiError(save.error) : null;
  const at = (field: string) => (refused?.field === field ? refused.message : null);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack>
        <div className="pair">
          <Select
            label="Which promotions apply"
            data={[
              { value: "best_for_customer", label: "Best for the customer" },
              { value: "by_priority", label: "By priority" },
            ]}
            value={offers.combine}
            onChange={(combine) => combine !== null && set({ combine })}
            allowDeselect={false}
          />
          <Select
            label="Prices"
            data={[
              { value: "inclusive", label: "contain tax" },
              { value: "exclusive", label: "are without tax" },
            ]}
            value={offers.tax}
            onChange={(tax) => tax !== null && set({ tax })}
            allowDeselect={false}
          />
          <PercentField
            label="Tax, where a line has no rate"
            value={offers.tax_basis_points}
            onChange={(points) => set({ tax_basis_points: points ?? 0 })}
            error={at("tax_basis_points")}
          />
          <CountField
            label="A price is good for"
            unit="min"
            min={1}
            value={offers.quote_minutes}
            onChange={(minutes) => set({ quote_minutes: minutes ?? 0 })}
            error={at("quote_minutes")}
          />
          <CountField
            label="A cart is held for"
            unit="min"
            min={1}
            value={offers.hold_minutes}
            onChange={(minutes) => set({ hold_minutes: minutes ?? 0 })}
            error={at("hold_minutes")}
          />
        </div>
        {save.isError && <ErrorState error={save.error} />}
        <Group>
          <ActionButton type="submit" loading={save.isPending}>
            Keep
          </ActionButton>
        </Group>
      </Stack>
    </form>
  );
}
