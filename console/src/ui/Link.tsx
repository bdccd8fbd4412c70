/** A link inside the console by its address, as the API and `links` give it. */
import { useRouter } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, MouseEvent, ReactNode } from "react";
import { parseHref } from "../lib/urlState";

type Props = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href"> & { href: string; children: ReactNode };

export function Link({ href, onClick, className = "link", children, ...rest }: Props) {
  const router = useRouter();
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    event.preventDefault();
    router.history.push(href);
  };
  // An address from elsewhere is shown as text: nothing leads out of the console unasked.
  if (parseHref(href) === null) return <span>{children}</span>;
  return (
    <a href={href} className={className} onClick={follow} {...rest}>
      {children}
    </a>
  );
}
