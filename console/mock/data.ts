/**
 * A small shop with a fixed seed, so that the console can be seen and tested without a server: all its parts under one
 * name. It imitates the shape of the API's answers, not the engines: its reasons are made up from its own numbers.
 */
export * from "./shop/base.ts";
export * from "./shop/products.ts";
export * from "./shop/customers.ts";
export * from "./shop/orders.ts";
export * from "./shop/sold.ts";
export * from "./shop/segments.ts";
export * from "./shop/engines.ts";
export * from "./shop/decisions.ts";
export * from "./shop/imports.ts";
export * from "./shop/settings.ts";
