/** The cart of the quote tester: products, customer, codes, points, shipping, country and channel. */
import { ActionIcon, Group, Stack, TagsInput, Text, TextInput, Title } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { toApiError } from "../api/client";
import { channelsQuery, countriesQuery } from "../api/queries";
import { parseAmount } from "../lib/amount";
import { withMore, type Cart, type CartLine } from "../lib/cart";
import { country } from "../lib/format";
import { links } from "../lib/links";
import { ActionButton } from "./Buttons";
import { useCustomerName } from "./CustomerName";
import { CountField } from "./Fields";
import { Choice } from "./Filters";
import { CustomerFinder, SkuFinder } from "./Finder";
import { Link } from "./Link";
import { Sku } from "./Sku";

interface Props {
  cart: Cart;
  currency: string;
  onChange: (cart: Cart) => void;
  /** Why it cannot be priced; null when it can. */
  problem: string | null;
  busy: boolean;
  onPrice: () => void;
  /** What the server refused, shown at its field as well. */
  error: unknown;
}

export function CartForm({ cart, currency, onChange, problem, busy, onPrice, error }: Props) {
  const refused = error === null ? null : toApiError(error);
  const at = (field: string) => (refused?.field === field ? refused.message : null);
  const set = (changes: Partial<Cart>) => onChange({ ...cart, ...changes });
  return (
    <form
      className="card"
      aria-label="Cart"
      onSubmit={(event) => {
        event.preventDefault();
        if (problem === null) onPrice();
      }}
    >
      <Stack>
        <Title order={2}>Cart</Title>
        <CartLines cart={cart} onChange={onChange} refusedField={refused?.field ?? null} refused={refused?.message} />
        <SkuFinder onPick={(picked) => onChange(withMore(cart, picked.sku, 1))} />
        <Customer id={cart.customer} onChange={(customer) => set({ customer })} />
        <TagsInput
          label="Coupon codes"
          description="Press Enter after each"
          value={cart.coupons}
          onChange={(coupons) => set({ coupons: coupons.map((code) => code.replaceAll(",", "")) })}
          error={at("coupons")}
          splitChars={[",", " "]}
          acceptValueOnBlur
          clearable={false}
        />
        <div className="pair">
          <CountField
            label="Points to pay with"
            value={cart.points === 0 ? null : cart.points}
            onChange={(points) => set({ points: points ?? 0 })}
            error={at("points")}
          />
          <Where cart={cart} set={set} />
        </div>
        <div className="pair">
          <TextInput
            label="Shipping costs"
            description="Empty: the cart is not shipped"
            placeholder="4.95"
            inputMode="decimal"
            rightSection={<span className="unit">{currency}</span>}
            rightSectionWidth={52}
            value={cart.shipping}
            onChange={(event) => set({ shipping: event.currentTarget.value })}
            error={
              cart.shipping !== "" && parseAmount(cart.shipping, currency) === null
                ? `Not an amount in ${currency}, such as 4.95.`
                : at("shipping.amount_minor")
            }
          />
          <TextInput
            label="Shipping method"
            description="As promotions name it"
            placeholder="standard"
            value={cart.method}
            onChange={(event) => set({ method: event.currentTarget.value })}
            error={at("shipping.method")}
            maxLength={60}
          />
        </div>
        <Group>
          <ActionButton type="submit" loading={busy} disabledReason={problem}>
            Price the cart
          </ActionButton>
        </Group>
      </Stack>
    </form>
  );
}

interface LinesProps {
  cart: Cart;
  onChange: (cart: Cart) => void;
  refusedField: string | null;
  refused: string | undefined;
}

function CartLines({ cart, onChange, refusedField, refused }: LinesProps) {
  if (cart.lines.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        The cart is empty. Find a product below by its name or SKU.
      </Text>
    );
  }
  const replace = (n: number, line: CartLine | null) => {
    const lines = cart.lines.flatMap((one, i) => (i === n ? (line === null ? [] : [line]) : [one]));
    onChange({ ...cart, lines });
  };
  return (
    <ul className="plain-list divided dense" aria-label="Lines of the cart">
      {cart.lines.map((line, n) => (
        <li key={`${line.sku} ${n}`}>
          <div className="cart-line">
            <div className="break">
              <Sku sku={line.sku} />
            </div>
            <CountField
              label={`Units of ${line.sku}`}
              hideLabel
              min={1}
              value={line.quantity}
              onChange={(quantity) => quantity !== null && quantity > 0 && replace(n, { ...line, quantity })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              c="var(--mantine-color-text)"
              size="lg"
              aria-label={`Remove ${line.sku}`}
              onClick={() => replace(n, null)}
            >
              <IconTrash size={18} aria-hidden />
            </ActionIcon>
          </div>
          {refusedField?.startsWith(`lines[${n}]`) && (
            <Text size="sm" c="var(--mantine-color-error)">
              {refused}
            </Text>
          )}
        </li>
      ))}
    </ul>
  );
}

function Customer({ id, onChange }: { id: string | undefined; onChange: (id: string | undefined) => void }) {
  const name = useCustomerName(id);
  if (id === undefined) {
    return <CustomerFinder label="Customer (a visitor unless chosen)" onPick={onChange} />;
  }
  return (
    <Group justify="space-between" gap="xs">
      <div>
        <div className="stat-label">Customer</div>
        <Link href={links.customer(id)}>{name}</Link>
      </div>
      <ActionButton size="xs" variant="default" onClick={() => onChange(undefined)}>
        Back to a visitor
      </ActionButton>
    </Group>
  );
}

function Where({ cart, set }: { cart: Cart; set: (changes: Partial<Cart>) => void }) {
  const channels = useQuery(channelsQuery).data?.items ?? [];
  const countries = useQuery(countriesQuery).data?.items ?? [];
  return (
    <>
      <Choice
        label="Country of delivery"
        all="Not known yet"
        searchable
        value={cart.country}
        options={countries.map((one) => ({ value: one, label: country(one) }))}
        onChange={(next) => set({ country: next })}
      />
      {channels.length > 1 && (
        <Choice
          label="Channel"
          value={cart.channel}
          options={channels.map((one) => ({ value: one.code, label: one.name }))}
          onChange={(channel) => set({ channel })}
        />
      )}
    </>
  );
}
