/** The pages and their addresses. Each page is loaded when it is first visited. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { queryClient, sessionQuery, statusQuery } from "./api/queries";
import { CART_KEYS } from "./lib/cart";
import { parseSearch, pick, stringifySearch } from "./lib/urlState";
import { AppFrame } from "./ui/AppFrame";
import { CrashPage, LoadingPage, NotFoundPage } from "./ui/States";

const LIST = ["q", "sort", "cursor", "page"] as const;

const rootRoute = createRootRoute({ component: Outlet, notFoundComponent: NotFoundPage });

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: pick("token", "next"),
  component: lazyRouteComponent(() => import("./pages/SignIn"), "SignIn"),
});

const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "app",
  beforeLoad: async ({ location }) => {
    const session = await queryClient.query({ ...sessionQuery, staleTime: "static" });
    if (!session) throw redirect({ to: "/sign-in", search: { next: location.href } });
  },
  loader: () => queryClient.query({ ...statusQuery, staleTime: "static" }),
  component: AppFrame,
  pendingComponent: LoadingPage,
  errorComponent: CrashPage,
  notFoundComponent: NotFoundPage,
});

const under = <P extends string>(path: P) => ({ getParentRoute: () => appRoute, path }) as const;

const routes = [
  createRoute({ ...under("/"), component: lazyRouteComponent(() => import("./pages/Today"), "Today") }),
  createRoute({
    ...under("/orders"),
    validateSearch: pick(...LIST, "customer", "product", "channel", "status", "from", "to"),
    component: lazyRouteComponent(() => import("./pages/Orders"), "Orders"),
  }),
  createRoute({ ...under("/orders/$id"), component: lazyRouteComponent(() => import("./pages/Order"), "OrderPage") }),
  createRoute({
    ...under("/customers"),
    validateSearch: pick(...LIST, "segment", "country"),
    component: lazyRouteComponent(() => import("./pages/Customers"), "Customers"),
  }),
  createRoute({
    ...under("/customers/$id"),
    component: lazyRouteComponent(() => import("./pages/Customer"), "CustomerPage"),
  }),
  createRoute({
    ...under("/products"),
    validateSearch: pick(...LIST),
    component: lazyRouteComponent(() => import("./pages/Products"), "Products"),
  }),
  createRoute({
    ...under("/products/$id"),
    validateSearch: pick("by", "span", "days"),
    component: lazyRouteComponent(() => import("./pages/Product"), "ProductPage"),
  }),
  createRoute({
    ...under("/forecasts"),
    validateSearch: pick("sort", "cursor", "page"),
    component: lazyRouteComponent(() => import("./pages/Forecasts"), "Forecasts"),
  }),
  createRoute({ ...under("/segments"), component: lazyRouteComponent(() => import("./pages/Segments"), "Segments") }),
  createRoute({
    ...under("/stock"),
    validateSearch: pick("q", "location", "low", "cursor", "page"),
    component: lazyRouteComponent(() => import("./pages/Stock"), "Stock"),
  }),
  createRoute({
    ...under("/stock/$id"),
    validateSearch: pick("cursor", "page"),
    component: lazyRouteComponent(() => import("./pages/StockItem"), "StockItemPage"),
  }),
  createRoute({
    ...under("/promotions"),
    validateSearch: pick("q", "state", "cursor", "page"),
    component: lazyRouteComponent(() => import("./pages/Promotions"), "Promotions"),
  }),
  createRoute({
    ...under("/promotions/new"),
    component: lazyRouteComponent(() => import("./pages/PromotionEdit"), "NewPromotion"),
  }),
  createRoute({
    ...under("/promotions/$id"),
    component: lazyRouteComponent(() => import("./pages/Promotion"), "PromotionPage"),
  }),
  createRoute({
    ...under("/promotions/$id/edit"),
    component: lazyRouteComponent(() => import("./pages/PromotionEdit"), "EditPromotion"),
  }),
  createRoute({
    ...under("/flash-sales"),
    validateSearch: pick("cursor", "page"),
    component: lazyRouteComponent(() => import("./pages/FlashSales"), "FlashSales"),
  }),
  createRoute({
    ...under("/flash-sales/new"),
    component: lazyRouteComponent(() => import("./pages/FlashSaleEdit"), "NewFlashSale"),
  }),
  createRoute({
    ...under("/flash-sales/$id"),
    component: lazyRouteComponent(() => import("./pages/FlashSale"), "FlashSalePage"),
  }),
  createRoute({
    ...under("/flash-sales/$id/edit"),
    component: lazyRouteComponent(() => import("./pages/FlashSaleEdit"), "EditFlashSale"),
  }),
  createRoute({
    ...under("/quote-tester"),
    validateSearch: pick(...CART_KEYS),
    component: lazyRouteComponent(() => import("./pages/QuoteTester"), "QuoteTester"),
  }),
  createRoute({
    ...under("/quotes"),
    validateSearch: pick("state", "cursor", "page"),
    component: lazyRouteComponent(() => import("./pages/Quotes"), "Quotes"),
  }),
  createRoute({ ...under("/quotes/$id"), component: lazyRouteComponent(() => import("./pages/Quote"), "QuotePage") }),
  createRoute({
    ...under("/decisions"),
    validateSearch: pick(...LIST, "kind", "state", "mode", "subject"),
    component: lazyRouteComponent(() => import("./pages/Decisions"), "Decisions"),
  }),
  createRoute({
    ...under("/decisions/$id"),
    component: lazyRouteComponent(() => import("./pages/Decision"), "DecisionPage"),
  }),
  createRoute({
    ...under("/import"),
    validateSearch: pick("id", "cursor", "page"),
    component: lazyRouteComponent(() => import("./pages/Import"), "ImportPage"),
  }),
  createRoute({
    ...under("/settings"),
    validateSearch: pick("tab", "cursor", "page"),
    component: lazyRouteComponent(() => import("./pages/Settings"), "Settings"),
  }),
];

export const router = createRouter({
  routeTree: rootRoute.addChildren([signInRoute, appRoute.addChildren(routes)]),
  parseSearch,
  stringifySearch,
  scrollRestoration: true,
  defaultPendingComponent: LoadingPage,
  defaultErrorComponent: CrashPage,
  defaultNotFoundComponent: NotFoundPage,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
