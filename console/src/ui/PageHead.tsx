/** The heading of a page, with its way back and its actions. */
import { Box, Group, Text, Title } from "@mantine/core";
import { IconChevronLeft } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { usePageTitle } from "../lib/hooks";
import { Link } from "./Link";

interface Props {
  title: string;
  /** Where this page belongs to: its list. */
  parent?: { href: string; label: string };
  about?: ReactNode;
  actions?: ReactNode;
}

export function PageHead({ title, parent, about, actions }: Props) {
  usePageTitle(title);
  return (
    <Group justify="space-between" align="end" gap="sm" mb="md">
      <Box miw={0}>
        {parent && (
          <Link href={parent.href} className="link">
            <Group gap={2} component="span" fz="sm" display="inline-flex">
              <IconChevronLeft size={16} aria-hidden />
              {parent.label}
            </Group>
          </Link>
        )}
        <Title order={1} className="break">
          {title}
        </Title>
        {about != null && (
          <Text component="div" size="sm" c="dimmed" mt={2}>
            {about}
          </Text>
        )}
      </Box>
      {actions != null && <Group gap="xs">{actions}</Group>}
    </Group>
  );
}
