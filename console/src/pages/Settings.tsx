/** Settings: keys, jobs, quality, configuration, and what is running. */
import { Tabs } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useFilters } from "../lib/hooks";
import { PageHead } from "../ui/PageHead";
import { About } from "./settings/About";
import { Configuration } from "./settings/Configuration";
import { Jobs } from "./settings/Jobs";
import { Keys } from "./settings/Keys";
import { Offers } from "./settings/Offers";
import { Quality } from "./settings/Quality";

const TABS = [
  ["keys", "API keys", Keys],
  ["offers", "Offers", Offers],
  ["jobs", "Jobs", Jobs],
  ["quality", "Quality", Quality],
  ["configuration", "Configuration", Configuration],
  ["about", "About", About],
] as const;

export function Settings() {
  const [search] = useFilters();
  const navigate = useNavigate();
  const tab = TABS.some(([value]) => value === search.tab) ? search.tab : "keys";
  return (
    <>
      <PageHead title="Settings" />
      <Tabs
        value={tab}
        onChange={(next) => void navigate({ to: "/settings", search: { tab: next ?? undefined } })}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          {TABS.map(([value, label]) => (
            <Tabs.Tab key={value} value={value}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {TABS.map(([value, , Panel]) => (
          <Tabs.Panel key={value} value={value}>
            <Panel />
          </Tabs.Panel>
        ))}
      </Tabs>
    </>
  );
}
