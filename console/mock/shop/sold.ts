/** Orders by customer, by product and by day, and the products' figures. Does not touch customers. */
import type { Order } from "../../src/api/types";
import { products } from "./products.ts";
import { orders } from "./orders.ts";

export const ordersByCustomer = new Map<string, Order[]>();
export const ordersByProduct = new Map<string, Set<string>>();
const productById = new Map(products.map((one) => [one.id, one]));
export const unitsByProductDay = new Map<string, { n_units: number; revenue_minor: number; n_orders: number }>();

for (const order of orders) {
  if (order.customer) {
    const list = ordersByCustomer.get(order.customer.id) ?? [];
    list.push(order);
    ordersByCustomer.set(order.customer.id, list);
  }
  const day = order.placed_at.slice(0, 10);
  for (const line of order.lines) {
    const product = line.product_id === null ? undefined : productById.get(line.product_id);
    if (!product) continue;
    product.n_units += line.quantity;
    product.revenue_minor += line.total_minor;
    product.n_units_refunded += line.refunded_quantity;
    product.first_sold_at ??= order.placed_at;
    product.last_sold_at = order.placed_at;
    const buyers = ordersByProduct.get(product.id) ?? new Set<string>();
    buyers.add(order.id);
    ordersByProduct.set(product.id, buyers);
    const key = `${product.id} ${day}`;
    const sold = unitsByProductDay.get(key) ?? { n_units: 0, revenue_minor: 0, n_orders: 0 };
    unitsByProductDay.set(key, {
      n_units: sold.n_units + line.quantity,
      revenue_minor: sold.revenue_minor + line.total_minor,
      n_orders: sold.n_orders + 1,
    });
  }
}
for (const product of products) product.n_orders = ordersByProduct.get(product.id)?.size ?? 0;
