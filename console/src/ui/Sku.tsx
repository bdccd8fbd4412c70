/** A SKU with the name of its product, leading to the product's page. */
import { useQuery } from "@tanstack/react-query";
import { links } from "../lib/links";
import { findSku } from "./Finder";
import { Link } from "./Link";

export function useSku(sku: string) {
  return useQuery({ queryKey: ["sku", sku], queryFn: () => findSku(sku), staleTime: 5 * 60_000 }).data ?? null;
}

export function Sku({ sku, title }: { sku: string; title?: string | null }) {
  const product = useSku(sku);
  const name = title ?? product?.title ?? null;
  const shown = name ?? sku;
  return (
    <>
      {product === null ? <span>{shown}</span> : <Link href={links.product(product.id)}>{shown}</Link>}{" "}
      {name !== null && <span className="quiet nowrap">{sku}</span>}
    </>
  );
}
