/** Holds, commits and releases a quote, with its state and what is left of its time. */
import { Alert, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, take, toApiError } from "../api/client";
import { keepQuote } from "../api/offers";
import { queryClient } from "../api/queries";
import type { Quote } from "../api/types";
import { clock } from "../lib/format";
import { useServerNow } from "../lib/hooks";
import { links } from "../lib/links";
import { ActionButton } from "./Buttons";
import { Link } from "./Link";
import { ErrorState } from "./States";
import { StateBadge, When } from "./Values";

/** Seconds that are left until an instant; never below zero. */
function secondsUntil(at: string | null, now: number): number {
  return at === null ? 0 : Math.max(0, Math.ceil((Date.parse(at) - now) / 1000));
}

interface Left {
  seconds: number;
  /** What runs out. */
  of: "price" | "hold" | null;
}

/** What of a quote runs out, and in how many seconds. Asks the server for its state when it has. */
function useLeft(quote: Quote): Left {
  const of = quote.state === "priced" ? "price" : quote.state === "held" ? "hold" : null;
  const now = useServerNow(of !== null);
  const seconds = secondsUntil(of === "hold" ? quote.held_until : quote.expires_at, now);
  const isOver = of !== null && seconds === 0;
  useEffect(() => {
    if (isOver) void queryClient.invalidateQueries({ queryKey: ["quote", quote.id] });
  }, [isOver, quote.id]);
  return { seconds, of };
}

export function QuoteActions({ quote }: { quote: Quote }) {
  const left = useLeft(quote);
  const params = { path: { id: quote.id } };
  const act = useMutation({
    mutationFn: (step: "hold" | "release") =>
      step === "hold"
        ? take(api.POST("/v1/quotes/{id}/hold", { params }))
        : take(api.POST("/v1/quotes/{id}/release", { params })),
    onSuccess: keepQuote,
    onError: (error) => {
      const problem = toApiError(error);
      notifications.show({ title: problem.title, message: problem.message, color: "red", autoClose: 10_000 });
      void queryClient.invalidateQueries({ queryKey: ["quote", quote.id] });
    },
  });
  const isOver = left.of !== null && left.seconds === 0;
  const holdReason =
    quote.state === "priced"
      ? isOver
        ? "The price is no longer good: price the cart again."
        : null
      : quote.state === "held"
        ? "Everything is held already."
        : "Only a priced quote can be held.";
  const heldReason = quote.state === "held" && !isOver ? null : "Hold the quote first.";
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <StateBadge state={isOver ? "expired" : quote.state} />
        <Remaining left={left} />
      </Group>
      {quote.order !== null && (
        <Text size="sm">
          It became the order {quote.order}.{" "}
          <Link href={links.orders({ q: quote.order.split("/").pop() })}>Find it</Link>
        </Text>
      )}
      {(quote.state === "priced" || quote.state === "held") && (
        <Group gap="xs">
          <ActionButton
            size="sm"
            loading={act.isPending && act.variables === "hold"}
            disabledReason={holdReason}
            onClick={() => act.mutate("hold")}
          >
            Hold everything
          </ActionButton>
          <Commit quote={quote} disabledReason={heldReason} />
          <ActionButton
            size="sm"
            variant="default"
            loading={act.isPending && act.variables === "release"}
            disabledReason={heldReason}
            onClick={() => act.mutate("release")}
          >
            Release
          </ActionButton>
        </Group>
      )}
    </Stack>
  );
}

function Remaining({ left }: { left: Left }) {
  if (left.of === null || left.seconds === 0) return null;
  return (
    <Text size="sm" component="span" role="timer" aria-label={left.of === "hold" ? "Held for" : "Price good for"}>
      {left.of === "hold" ? "Held for another" : "The price is good for another"}{" "}
      <strong className="num">{clock(left.seconds)}</strong>
    </Text>
  );
}

/** Makes the quote an order, under the number that the shop gives it. */
function Commit({ quote, disabledReason }: { quote: Quote; disabledReason: string | null }) {
  const [opened, { open, close }] = useDisclosure(false);
  const [number, setNumber] = useState("");
  const commit = useMutation({
    mutationFn: () =>
      take(
        api.POST("/v1/quotes/{id}/commit", {
          params: { path: { id: quote.id } },
          body: { order_number: number.trim() },
        }),
      ),
    onSuccess: (next) => {
      keepQuote(next);
      close();
    },
  });
  const missing = number.trim() === "" ? "Give the order its number." : null;
  return (
    <>
      <ActionButton size="sm" variant="default" disabledReason={disabledReason} onClick={open}>
        Commit
      </ActionButton>
      <Modal opened={opened} onClose={close} title={<Text fw={650}>Make this quote an order?</Text>}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (missing === null) commit.mutate();
          }}
        >
          <Stack>
            <Text size="sm">
              Uses, units and points that it holds are then spent. Units come back by a return of the order.
            </Text>
            <TextInput
              label="Order number"
              description="As the shop names it; the same number again changes nothing"
              value={number}
              onChange={(event) => setNumber(event.currentTarget.value)}
              maxLength={100}
              data-autofocus
            />
            {commit.isError && <ErrorState error={commit.error} />}
            <Group justify="end">
              <Button variant="default" onClick={close}>
                Keep it held
              </Button>
              <ActionButton type="submit" loading={commit.isPending} disabledReason={missing}>
                Commit
              </ActionButton>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}

/** Said beside the actions when the price cannot be trusted any more. */
export function ExpiredNote({ quote }: { quote: Quote }) {
  if (quote.state !== "expired" && quote.state !== "released") return null;
  return (
    <Alert
      color="gray"
      variant="light"
      title={quote.state === "expired" ? "This quote ran out" : "This quote was released"}
    >
      What it held was given back. It was priced <When at={quote.created_at} />; a new price may differ.
    </Alert>
  );
}
