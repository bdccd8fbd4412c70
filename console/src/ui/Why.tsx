/** The "Why?" button: opens the reasons of a decision, a segment, a recommendation or a forecast. */
import { Button, Drawer, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconHelpCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Alternative, Reason } from "../api/types";
import { links } from "../lib/links";
import { word } from "../lib/words";
import { Link } from "./Link";
import { AlternativeList, ReasonList, Section } from "./Reasons";

interface Props {
  /** What is explained, such as "At risk" or "Write to Amelia Hughes". */
  what: string;
  reasons?: Reason[];
  alternatives?: Alternative[];
  decisionId?: string | null;
  note?: string;
  /** Shown in place of the reasons, and made only when opened. */
  children?: ReactNode;
}

export function Why({ what, reasons = [], alternatives = [], decisionId, note, children }: Props) {
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button
        className="why"
        variant="subtle"
        size="compact-sm"
        leftSection={<IconHelpCircle size={16} aria-hidden />}
        onClick={open}
        aria-label={`Why? ${what}`}
        style={{ flexShrink: 0 }}
      >
        Why?
      </Button>
      <Drawer opened={opened} onClose={close} title={<Text fw={650}>Why: {what}</Text>}>
        <Stack gap="lg">
          {note != null && <Text size="sm">{note}</Text>}
          {children ?? <ReasonList reasons={reasons} />}
          {alternatives.length > 0 && (
            <Section title="What lost, and why">
              <AlternativeList alternatives={alternatives} name={word} />
            </Section>
          )}
          {decisionId != null && (
            <Link href={links.decision(decisionId)} onClick={close}>
              Open the decision with its input
            </Link>
          )}
        </Stack>
      </Drawer>
    </>
  );
}
