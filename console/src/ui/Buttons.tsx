/** Buttons that say why they cannot be pressed. */
import { Button, Tooltip, type ButtonProps } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import { useId, type MouseEvent } from "react";

/** A link that looks like a button. */
export function LinkButton({ href, children, ...rest }: ButtonProps & { href: string }) {
  const router = useRouter();
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    router.history.push(href);
  };
  return (
    <Button component="a" href={href} onClick={follow} {...rest}>
      {children}
    </Button>
  );
}

interface Props extends ButtonProps {
  /** Why it cannot be pressed now; null when it can. */
  disabledReason?: string | null;
  onClick?: (event: MouseEvent<HTMLButtonElement>) => void;
  type?: "button" | "submit";
  "aria-label"?: string;
}

/** Stays in the order of the Tab key while disabled, so that its reason can be read by everyone. */
export function ActionButton({ disabledReason = null, onClick, type = "button", children, ...rest }: Props) {
  const reasonId = useId();
  if (disabledReason === null) {
    return (
      <Button {...rest} type={type} onClick={onClick}>
        {children}
      </Button>
    );
  }
  return (
    <Tooltip label={disabledReason}>
      <Button
        {...rest}
        type="button"
        data-disabled
        aria-disabled
        aria-describedby={reasonId}
        onClick={(event) => event.preventDefault()}
      >
        {children}
        <span id={reasonId} hidden>
          {disabledReason}
        </span>
      </Button>
    </Tooltip>
  );
}
