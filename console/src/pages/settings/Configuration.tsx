/** The configuration in force and where each value comes from. It is changed in the file or the environment, not here. */
import { Code, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { settingsQuery } from "../../api/queries";
import { word } from "../../lib/words";
import { DataTable } from "../../ui/DataTable";
import { EmptyState, Loaded } from "../../ui/States";

export function Configuration() {
  const query = useQuery(settingsQuery);
  return (
    <Stack>
      <Text size="sm" maw={640}>
        These values are set by file, environment or flags where Mercer runs, and read when it starts. Secrets are not
        shown.
      </Text>
      <Loaded query={query}>
        {(data) =>
          data.items.length === 0 ? (
            <EmptyState title="Everything is at its default" />
          ) : (
            <DataTable
              label="Configuration"
              rows={data.items}
              rowKey={(one) => one.name}
              columns={[
                {
                  key: "name",
                  header: "Name",
                  name: true,
                  cell: (one) => (
                    <>
                      <Code>{one.name}</Code>
                      <div className="quiet">{one.help}</div>
                    </>
                  ),
                },
                { key: "value", header: "Value", cell: (one) => <span className="break">{one.value}</span> },
                { key: "source", header: "From", cell: (one) => word(one.source) },
              ]}
            />
          )
        }
      </Loaded>
    </Stack>
  );
}
