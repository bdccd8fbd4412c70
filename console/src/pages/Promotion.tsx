/** One promotion: what it does, what it gave, its codes, and how it would have done. */
import { Anchor, Button, Group, Modal, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconDownload, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { api, take, toApiError } from "../api/client";
import { batchesQuery, checkQuery, couponsQuery, keepPromotion, promotionQuery } from "../api/promotions";
import { queryClient } from "../api/queries";
import type { Coupon, CouponBatch, Promotion } from "../api/types";
import { count, whole } from "../lib/format";
import { useStatus } from "../lib/hooks";
import { links } from "../lib/links";
import type { Definition, Draft } from "../lib/promotion";
import { ActionButton, LinkButton } from "../ui/Buttons";
import { Confirm } from "../ui/Confirm";
import { DataTable, type Column } from "../ui/DataTable";
import { Fact, Facts } from "../ui/Facts";
import { CountField } from "../ui/Fields";
import { PageHead } from "../ui/PageHead";
import { SimulationPanel } from "../ui/SimulationPanel";
import { ErrorState, Lines, Loaded } from "../ui/States";
import { Money, None, StateBadge, When } from "../ui/Values";
import { ConflictList } from "./Promotions";

/** The parts of a promotion that a merchant writes. */
export function draftOf(promotion: Promotion): Draft {
  const { name, starts_at, ends_at, uses_max, customer_uses_max, budget_minor_max, campaign } = promotion;
  const definition = promotion.definition as unknown as Definition;
  return { name, definition, starts_at, ends_at, uses_max, customer_uses_max, budget_minor_max, campaign };
}

export function PromotionPage() {
  const { id = "" }: { id?: string } = useParams({ strict: false });
  const query = useQuery(promotionQuery(id));
  return (
    <>
      <PageHead
        title={query.data?.name ?? "Promotion"}
        parent={{ href: links.promotions(), label: "Promotions" }}
        actions={query.data && <Actions promotion={query.data} />}
      />
      <Loaded query={query} skeleton={<Lines n={6} height={60} />}>
        {(promotion) => (
          <div className="grid">
            <About promotion={promotion} />
            <Conflicts promotion={promotion} />
            <SimulationPanel of={{ promotion: promotion.id }} />
            {(promotion.definition as unknown as Definition).activation === "coupon" && (
              <Coupons promotion={promotion} />
            )}
          </div>
        )}
      </Loaded>
    </>
  );
}

function Actions({ promotion }: { promotion: Promotion }) {
  const { state } = promotion;
  const params = { path: { id: promotion.id } };
  if (state === "ended") return <StateBadge state={state} />;
  return (
    <>
      <LinkButton href={links.promotionEdit(promotion.id)} variant="default">
        Change
      </LinkButton>
      {state === "active" ? (
        <Confirm
          key="pause"
          label="Pause"
          question="Pause this promotion?"
          keep="Let it run"
          run={() => take(api.POST("/v1/promotions/{id}/pause", { params })).then(keepPromotion)}
        >
          It gives nothing until it is let run again. Carts that hold it keep it.
        </Confirm>
      ) : (
        <Confirm
          key="activate"
          label="Let it run"
          question={`Let “${promotion.name}” run?`}
          keep="Not yet"
          button={{ variant: "filled" }}
          run={() => take(api.POST("/v1/promotions/{id}/activate", { params })).then(keepPromotion)}
        >
          {promotion.sentence} It applies to new prices of carts at once, within its dates.
        </Confirm>
      )}
      <Confirm
        label="End"
        question="End this promotion for good?"
        keep="Keep it"
        danger
        run={() => take(api.POST("/v1/promotions/{id}/end", { params })).then(keepPromotion)}
      >
        It gives nothing any more. Carts that hold it keep it. This cannot be undone.
      </Confirm>
    </>
  );
}

function About({ promotion }: { promotion: Promotion }) {
  const shopCurrency = useStatus()?.currency ?? "GBP";
  const definition = promotion.definition as unknown as Definition;
  const currency = definition.currency ?? shopCurrency;
  return (
    <section className="card" aria-labelledby="about">
      <div className="card-head">
        <Title order={2} id="about">
          What it does
        </Title>
        <StateBadge state={promotion.state} />
      </div>
      <Text mb="md">{promotion.sentence}</Text>
      <Facts>
        <Fact label="Uses by orders">
          {whole(promotion.n_uses)}
          {promotion.uses_left !== null && ` (${whole(promotion.uses_left)} left)`}
        </Fact>
        <Fact label="Discount given">
          {promotion.discounts_given.length === 0 ? (
            <None />
          ) : (
            promotion.discounts_given.map((one) => (
              <div key={one.currency}>
                <Money minor={one.amount_minor} currency={one.currency} />
              </div>
            ))
          )}
        </Fact>
        <Fact label="Budget left">
          {promotion.budget_minor_left === null ? (
            "no limit"
          ) : (
            <Money minor={promotion.budget_minor_left} currency={currency} />
          )}
        </Fact>
        {promotion.customer_uses_max !== null && (
          <Fact label="Uses of one customer">{whole(promotion.customer_uses_max)}</Fact>
        )}
        {promotion.campaign !== null && <Fact label="Campaign">{promotion.campaign}</Fact>}
        <Fact label="Starts">{promotion.starts_at === null ? "at once" : <When at={promotion.starts_at} />}</Fact>
        <Fact label="Ends">{promotion.ends_at === null ? "not by itself" : <When at={promotion.ends_at} />}</Fact>
        <Fact label="Priority">{whole(definition.priority ?? 0)}</Fact>
        <Fact label="Tags">{definition.tags?.length ? definition.tags.join(", ") : <None />}</Fact>
        <Fact label="Changed">
          <When at={promotion.changed_at} />
        </Fact>
      </Facts>
    </section>
  );
}

function Conflicts({ promotion }: { promotion: Promotion }) {
  const isEnded = promotion.state === "ended";
  const check = useQuery({ ...checkQuery(draftOf(promotion), promotion.id), enabled: !isEnded }).data;
  return isEnded || check === undefined ? null : <ConflictList conflicts={check.conflicts} />;
}

const reload = () => queryClient.invalidateQueries({ queryKey: ["coupons"] });

function Coupons({ promotion }: { promotion: Promotion }) {
  const [cursor, setCursor] = useState<string | undefined>(undefined);
  const coupons = useQuery(couponsQuery(promotion.id, cursor));
  const batches = useQuery(batchesQuery(promotion.id)).data?.items ?? [];
  return (
    <section className="card" aria-labelledby="coupons">
      <div className="card-head">
        <Title order={2} id="coupons">
          Coupon codes
        </Title>
        <Group gap="xs">
          <NewCoupon promotion={promotion} />
          <NewBatch promotion={promotion} />
        </Group>
      </div>
      <Stack>
        {batches.length > 0 && (
          <DataTable label="Batches" columns={BATCH_COLUMNS} rows={batches} rowKey={(one) => one.batch} />
        )}
        <Loaded query={coupons}>
          {(page) =>
            page.items.length === 0 ? (
              <Text size="sm" c="dimmed">
                No codes yet: nobody can use this promotion before there is one.
              </Text>
            ) : (
              <>
                <DataTable label="Codes" columns={COUPON_COLUMNS} rows={page.items} rowKey={(one) => one.code} />
                <Group mt="xs" gap="xs">
                  {cursor !== undefined && (
                    <Button size="xs" variant="default" onClick={() => setCursor(undefined)}>
                      First page
                    </Button>
                  )}
                  {page.next_cursor !== null && (
                    <Button size="xs" variant="default" onClick={() => setCursor(page.next_cursor ?? undefined)}>
                      Next codes
                    </Button>
                  )}
                </Group>
              </>
            )
          }
        </Loaded>
      </Stack>
    </section>
  );
}

const COUPON_COLUMNS: Column<Coupon>[] = [
  { key: "code", header: "Code", name: true, cell: (one) => <strong className="break">{one.code}</strong> },
  { key: "state", header: "State", cell: (one) => (one.is_active ? "Works" : "Withdrawn") },
  { key: "batch", header: "Batch", cell: (one) => one.batch ?? <None /> },
  {
    key: "left",
    header: "Uses left",
    end: true,
    cell: (one) => (one.uses_left === null ? "no limit" : `${whole(one.uses_left)} of ${whole(one.uses_max ?? 0)}`),
  },
  { key: "made", header: "Made", cell: (one) => <When at={one.created_at} show="date" /> },
  {
    key: "withdraw",
    header: "Withdraw",
    action: true,
    cell: (one) => (
      <Confirm
        label="Withdraw"
        question={`Withdraw ${one.code}?`}
        keep="Keep it"
        danger
        button={{ size: "xs", "aria-label": `Withdraw ${one.code}` } as object}
        disabledReason={one.is_active ? null : "It was withdrawn before."}
        run={() => take(api.DELETE("/v1/coupons/{code}", { params: { path: { code: one.code } } })).then(reload)}
      >
        It opens nothing any more. Carts that hold it keep it.
      </Confirm>
    ),
  },
];

const BATCH_COLUMNS: Column<CouponBatch>[] = [
  { key: "batch", header: "Batch", name: true, cell: (one) => <strong className="break">{one.batch}</strong> },
  { key: "codes", header: "Codes", end: true, cell: (one) => whole(one.n_codes) },
  {
    key: "withdrawn",
    header: "Withdrawn",
    end: true,
    cell: (one) => (one.n_withdrawn ? whole(one.n_withdrawn) : <None />),
  },
  { key: "made", header: "Made", cell: (one) => <When at={one.created_at} show="date" /> },
  {
    key: "file",
    header: "File",
    action: true,
    cell: (one) => (
      <Group gap="xs" wrap="nowrap">
        <Anchor
          href={`/v1/coupons/batches/${encodeURIComponent(one.batch)}/codes.csv`}
          download={`${one.batch}.csv`}
          fz="sm"
          className="link"
          aria-label={`Download the codes of ${one.batch} as CSV`}
        >
          <Group gap={4} component="span" wrap="nowrap">
            <IconDownload size={16} aria-hidden />
            CSV
          </Group>
        </Anchor>
        <Confirm
          label="Withdraw all"
          question={`Withdraw all codes of ${one.batch}?`}
          keep="Keep them"
          danger
          button={{ size: "xs", "aria-label": `Withdraw all codes of ${one.batch}` } as object}
          disabledReason={one.n_withdrawn < one.n_codes ? null : "All were withdrawn before."}
          run={() =>
            take(api.DELETE("/v1/coupons/batches/{batch}", { params: { path: { batch: one.batch } } })).then(reload)
          }
        >
          They open nothing any more. Carts that hold one keep it.
        </Confirm>
      </Group>
    ),
  },
];

function NewCoupon({ promotion }: { promotion: Promotion }) {
  const [opened, { open, close }] = useDisclosure(false);
  const [code, setCode] = useState("");
  const [uses, setUses] = useState<number | null>(null);
  const [customerUses, setCustomerUses] = useState<number | null>(null);
  const create = useMutation({
    mutationFn: () =>
      take(
        api.POST("/v1/coupons", {
          body: { code: code.trim(), promotion: promotion.id, uses_max: uses, customer_uses_max: customerUses },
        }),
      ),
    onSuccess: () => {
      void reload();
      setCode("");
      close();
    },
  });
  const refused = create.isError ? toApiError(create.error) : null;
  return (
    <>
      <Button size="xs" variant="default" leftSection={<IconPlus size={15} aria-hidden />} onClick={open}>
        Make a code
      </Button>
      <Modal opened={opened} onClose={close} title={<Text fw={650}>Make a code</Text>}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (code.trim() !== "") create.mutate();
          }}
        >
          <Stack>
            <TextInput
              label="Code"
              description="Capitals and small letters are one"
              value={code}
              onChange={(event) => setCode(event.currentTarget.value)}
              error={refused?.field === "code" ? refused.message : null}
              maxLength={60}
              data-autofocus
            />
            <CountField label="Uses in all" description="Empty: no limit" min={1} value={uses} onChange={setUses} />
            <CountField
              label="Uses of one customer"
              description="Empty: no limit"
              min={1}
              value={customerUses}
              onChange={setCustomerUses}
            />
            {create.isError && <ErrorState error={create.error} />}
            <Group justify="end">
              <ActionButton
                type="submit"
                loading={create.isPending}
                disabledReason={code.trim() === "" ? "Say what customers type." : null}
              >
                Make the code
              </ActionButton>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}

function NewBatch({ promotion }: { promotion: Promotion }) {
  const [opened, { open, close }] = useDisclosure(false);
  const [nCodes, setCodes] = useState<number | null>(100);
  const [batch, setBatch] = useState("");
  const [prefix, setPrefix] = useState("");
  const create = useMutation({
    mutationFn: () =>
      take(
        api.POST("/v1/coupons/batches", {
          body: {
            promotion: promotion.id,
            n_codes: nCodes ?? 0,
            batch: batch.trim() === "" ? null : batch.trim(),
            prefix: prefix.trim(),
          },
        }),
      ),
    onSuccess: () => {
      void reload();
      close();
    },
  });
  const refused = create.isError ? toApiError(create.error) : null;
  const at = (field: string) => (refused?.field === field ? refused.message : null);
  return (
    <>
      <Button size="xs" variant="default" leftSection={<IconPlus size={15} aria-hidden />} onClick={open}>
        Make many codes
      </Button>
      <Modal opened={opened} onClose={close} title={<Text fw={650}>Make many codes</Text>}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (nCodes !== null) create.mutate();
          }}
        >
          <Stack>
            <Text size="sm">Each is for one use, drawn so that nobody guesses the next.</Text>
            <CountField
              label="How many"
              unit="codes"
              min={1}
              value={nCodes}
              onChange={setCodes}
              error={at("n_codes")}
            />
            <TextInput
              label="Name of the batch (optional)"
              description="Small letters, digits and hyphens"
              placeholder="spring-letter"
              value={batch}
              onChange={(event) => setBatch(event.currentTarget.value)}
              error={at("batch")}
            />
            <TextInput
              label="Every code begins with (optional)"
              placeholder="SPRING-"
              value={prefix}
              onChange={(event) => setPrefix(event.currentTarget.value)}
              error={at("prefix")}
            />
            {create.isError && <ErrorState error={create.error} />}
            <Group justify="end">
              <ActionButton
                type="submit"
                loading={create.isPending}
                disabledReason={nCodes === null ? "Say how many." : null}
              >
                Make {nCodes === null ? "the codes" : count(nCodes, "code")}
              </ActionButton>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
