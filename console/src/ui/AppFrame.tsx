/** The frame around every page: header with search, navigation, skip link, colour scheme, sign out. */
import {
  ActionIcon,
  AppShell,
  Burger,
  Group,
  Menu,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconBolt,
  IconBuildingWarehouse,
  IconChartPie,
  IconChecklist,
  IconDeviceDesktop,
  IconDiscount,
  IconFileImport,
  IconHome,
  IconMoon,
  IconPackage,
  IconReceipt,
  IconSettings,
  IconShoppingCart,
  IconSun,
  IconUserCircle,
  IconUsers,
  type Icon,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Outlet, useRouter, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { api, setCsrfToken, take } from "../api/client";
import { queryClient, sessionQuery, statusQuery } from "../api/queries";
import { count } from "../lib/format";
import { links } from "../lib/links";
import { GlobalSearch } from "./GlobalSearch";
import { Link } from "./Link";
import { Logo } from "./Logo";

interface PageEntry {
  href: string;
  label: string;
  icon: Icon;
  /** Pages that belong to it and live elsewhere. */
  also?: string[];
}

/** The pages in groups; the first stands alone. */
const GROUPS: { name: string | null; pages: PageEntry[] }[] = [
  { name: null, pages: [{ href: "/", label: "Today", icon: IconHome }] },
  {
    name: "Shop",
    pages: [
      { href: "/orders", label: "Orders", icon: IconReceipt },
      { href: "/customers", label: "Customers", icon: IconUsers },
      { href: "/products", label: "Products", icon: IconPackage, also: ["/forecasts"] },
      { href: "/segments", label: "Segments", icon: IconChartPie },
      { href: "/stock", label: "Stock", icon: IconBuildingWarehouse },
    ],
  },
  {
    name: "Offers",
    pages: [
      { href: "/promotions", label: "Promotions", icon: IconDiscount },
      { href: "/flash-sales", label: "Flash sales", icon: IconBolt },
      { href: "/quote-tester", label: "Quote tester", icon: IconShoppingCart, also: ["/quotes"] },
    ],
  },
  {
    name: "Mercer",
    pages: [
      { href: "/decisions", label: "Decisions", icon: IconChecklist },
      { href: "/import", label: "Import", icon: IconFileImport },
      { href: "/settings", label: "Settings", icon: IconSettings },
    ],
  },
];

function isHere(page: PageEntry, pathname: string): boolean {
  if (page.href === "/") return pathname === "/";
  return [page.href, ...(page.also ?? [])].some((path) => pathname === path || pathname.startsWith(`${path}/`));
}

export function AppFrame() {
  const [opened, { toggle, close }] = useDisclosure(false);
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  const main = useRef<HTMLElement>(null);
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    close();
    // The reader goes on at the new page, not in the navigation.
    main.current?.focus({ preventScroll: true });
  }, [pathname, close]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: "sm", collapsed: { mobile: !opened } }}
      padding={{ base: "sm", sm: "lg" }}
    >
      <a className="skip-link" href="#main" onClick={() => main.current?.focus()}>
        Skip to content
      </a>
      <AppShell.Header bg="var(--surface)">
        <Header opened={opened} toggle={toggle} />
      </AppShell.Header>
      <AppShell.Navbar p="sm" bg="var(--surface)" aria-label="Pages">
        <Navigation pathname={pathname} close={close} />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} ref={main}>
        <div style={{ maxWidth: 1360, marginInline: "auto" }}>
          <Outlet />
        </div>
      </AppShell.Main>
    </AppShell>
  );
}

function Header({ opened, toggle }: { opened: boolean; toggle: () => void }) {
  return (
    <Group h="100%" px={{ base: "sm", sm: "lg" }} justify="space-between" wrap="nowrap" gap="sm">
      <Group gap="xs" wrap="nowrap">
        <Burger
          opened={opened}
          onClick={toggle}
          hiddenFrom="sm"
          size="sm"
          aria-label={opened ? "Close the navigation" : "Open the navigation"}
          aria-expanded={opened}
        />
        <Link href="/" className="link" aria-label="Mercer, go to Today">
          <Group gap={10} wrap="nowrap" component="span">
            <Logo />
            <Text component="span" fw={700} size="lg" c="var(--mantine-color-text)" visibleFrom="xs">
              Mercer
            </Text>
          </Group>
        </Link>
      </Group>
      <GlobalSearch />
      <Group gap={6} wrap="nowrap">
        <SchemeMenu />
        <UserMenu />
      </Group>
    </Group>
  );
}

function Navigation({ pathname, close }: { pathname: string; close: () => void }) {
  const status = useQuery(statusQuery).data;
  const open = status?.n_decisions_open ?? 0;
  return (
    <>
      <div className="nav-scroll">
        {GROUPS.map(({ name, pages }) => (
          <div key={name ?? ""} className="nav-group">
            {name !== null && (
              <div className="nav-heading" id={`pages-${name}`}>
                {name}
              </div>
            )}
            <ul className="plain-list" aria-labelledby={name === null ? undefined : `pages-${name}`}>
              {pages.map((page) => (
                <PageLink key={page.href} page={page} here={isHere(page, pathname)} open={open} close={close} />
              ))}
            </ul>
          </div>
        ))}
      </div>
      {status && (
        <Text size="xs" c="dimmed" mt="auto" p="xs" className="break">
          {status.shop_name}
          <br />
          Mercer {status.version}
        </Text>
      )}
    </>
  );
}

interface PageLinkProps {
  page: PageEntry;
  here: boolean;
  /** Proposals that wait. */
  open: number;
  close: () => void;
}

function PageLink({ page, here, open, close }: PageLinkProps) {
  const counts = page.href === "/decisions" && open > 0;
  return (
    <li>
      <Link
        href={counts ? links.decisions({ state: "proposed", sort: "-at_stake" }) : page.href}
        className="nav-link"
        aria-current={here ? "page" : undefined}
        onClick={close}
      >
        <page.icon size={20} stroke={1.7} aria-hidden />
        {page.label}
        {counts && (
          <span className="nav-count" aria-label={`${count(open, "proposal")} waiting`} role="img">
            {open}
          </span>
        )}
      </Link>
    </li>
  );
}

function SchemeMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const shown = useComputedColorScheme("light");
  const choices = [
    ["auto", "Like the system", IconDeviceDesktop],
    ["light", "Light", IconSun],
    ["dark", "Dark", IconMoon],
  ] as const;
  return (
    <Menu shadow="md" position="bottom-end">
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          c="var(--mantine-color-text)"
          size="lg"
          aria-label="Choose light or dark"
        >
          {shown === "dark" ? <IconMoon size={19} aria-hidden /> : <IconSun size={19} aria-hidden />}
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {choices.map(([value, label, ChoiceIcon]) => (
          <Menu.Item
            key={value}
            leftSection={<ChoiceIcon size={16} aria-hidden />}
            rightSection={colorScheme === value ? "✓" : undefined}
            onClick={() => setColorScheme(value)}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function UserMenu() {
  const router = useRouter();
  const session = useQuery(sessionQuery).data;
  const signOut = async () => {
    await take(api.DELETE("/v1/session"));
    setCsrfToken(null);
    queryClient.clear();
    router.history.push("/sign-in");
  };
  return (
    <Menu shadow="md" position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" c="var(--mantine-color-text)" size="lg" aria-label="Your account">
          <IconUserCircle size={21} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {session && (
          <Menu.Label>
            {session.user.name} · {session.user.email}
          </Menu.Label>
        )}
        <Menu.Item onClick={() => router.history.push("/settings")}>Open settings</Menu.Item>
        <Menu.Item onClick={() => void signOut()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
