/** A button that asks before it does what cannot be undone, and says what went wrong where it was pressed. */
import { Button, Group, Modal, Stack, Text, type ButtonProps } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ActionButton } from "./Buttons";
import { ErrorState } from "./States";

interface Props {
  /** On the button, such as "End the sale". */
  label: string;
  /** The question, such as "End the sale now?". */
  question: string;
  /** What will happen, and what is kept. */
  children: ReactNode;
  /** The answer no, such as "Keep it running". */
  keep: string;
  run: () => Promise<unknown>;
  disabledReason?: string | null;
  danger?: boolean;
  button?: ButtonProps;
}

export function Confirm({ label, question, children, keep, run, disabledReason = null, danger, button }: Props) {
  const [opened, { open, close }] = useDisclosure(false);
  const action = useMutation({ mutationFn: run, onSuccess: close });
  return (
    <>
      <ActionButton variant="default" {...button} disabledReason={disabledReason} onClick={open}>
        {label}
      </ActionButton>
      <Modal opened={opened} onClose={close} title={<Text fw={650}>{question}</Text>}>
        <Stack>
          <Text size="sm" component="div">
            {children}
          </Text>
          {action.isError && <ErrorState error={action.error} />}
          <Group justify="end">
            <Button variant="default" onClick={close}>
              {keep}
            </Button>
            <Button color={danger ? "red" : undefined} loading={action.isPending} onClick={() => action.mutate()}>
              {label}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
