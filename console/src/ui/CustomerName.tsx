/** A customer by id, as a link with the name. */
import { useQuery } from "@tanstack/react-query";
import { customerQuery } from "../api/queries";
import { links } from "../lib/links";
import { Link } from "./Link";

export function useCustomerName(id: string | undefined): string {
  const customer = useQuery({ ...customerQuery(id ?? ""), enabled: id !== undefined }).data;
  if (customer === undefined) return id ?? "";
  return customer.name ?? `Customer ${customer.external_id}`;
}

export function CustomerName({ id }: { id: string }) {
  return <Link href={links.customer(id)}>{useCustomerName(id)}</Link>;
}
