/** Draws a component as the console does: with theme, cache and a router around it. */
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { queryClient } from "../api/queries";
import { parseSearch, stringifySearch } from "../lib/urlState";
import { cssVariablesResolver, theme } from "../theme";

export async function draw(content: ReactNode, address = "/") {
  const root = createRootRoute();
  const page = createRoute({ getParentRoute: () => root, path: "/$", component: () => content });
  const router = createRouter({
    routeTree: root.addChildren([page]),
    history: createMemoryHistory({ initialEntries: [address] }),
    parseSearch,
    stringifySearch,
  });
  await router.load();
  const drawn = render(
    <MantineProvider theme={theme} cssVariablesResolver={cssVariablesResolver} env="test">
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { ...drawn, router };
}
