/** Fields for money, shares and instants: they hold text while it is typed and give the value that it means. */
import { TextInput } from "@mantine/core";
import { useState } from "react";
import { fromZoned, parseAmount, parsePercent, percentText, toZoned } from "../lib/amount";
import { minorToDecimal } from "../lib/format";
import { useTimeZone } from "../lib/hooks";

interface FieldProps<T> {
  label: string;
  description?: string;
  /** Null while it is empty. */
  value: T | null;
  onChange: (value: T | null) => void;
  error?: string | null;
  required?: boolean;
  placeholder?: string;
  /** Only said aloud: where a table or a row says what it is. */
  hideLabel?: boolean;
}

/** The name of a field, seen or only said. */
function naming(props: { label: string; hideLabel?: boolean }) {
  return props.hideLabel ? { "aria-label": props.label } : { label: props.label };
}

/** A field whose text is kept as typed as long as it means the value. */
function useText<T>(value: T | null, write: (value: T) => string, read: (text: string) => T | null) {
  const [text, setText] = useState(value === null ? "" : write(value));
  const meant = text.trim() === "" ? null : read(text);
  // The value was changed from outside: show what it is now.
  if (meant !== value && !(value === null && text.trim() !== "")) setText(value === null ? "" : write(value));
  return { text, setText, isBad: text.trim() !== "" && meant === null };
}

export function MoneyField({ currency, ...props }: FieldProps<number> & { currency: string }) {
  const read = (text: string) => parseAmount(text, currency);
  const { text, setText, isBad } = useText(props.value, (minor) => minorToDecimal(minor, currency), read);
  return (
    <TextInput
      {...naming(props)}
      description={props.description}
      placeholder={props.placeholder}
      inputMode="decimal"
      required={props.required}
      rightSection={<span className="unit">{currency}</span>}
      rightSectionWidth={52}
      value={text}
      error={isBad ? `Not an amount in ${currency}, such as 4.95.` : props.error}
      onChange={(event) => {
        setText(event.currentTarget.value);
        props.onChange(read(event.currentTarget.value));
      }}
    />
  );
}

export function PercentField(props: FieldProps<number>) {
  const { text, setText, isBad } = useText(props.value, percentText, parsePercent);
  return (
    <TextInput
      {...naming(props)}
      description={props.description}
      inputMode="decimal"
      required={props.required}
      rightSection={<span className="unit">%</span>}
      value={text}
      error={isBad ? "Between 0 and 100, with at most two decimals." : props.error}
      onChange={(event) => {
        setText(event.currentTarget.value);
        props.onChange(parsePercent(event.currentTarget.value));
      }}
    />
  );
}

const readWhole = (text: string) => (/^\d{1,12}$/.test(text.trim()) ? Number(text) : null);

export function CountField({ unit, min = 0, ...props }: FieldProps<number> & { unit?: string; min?: number }) {
  const { text, setText, isBad } = useText(props.value, String, readWhole);
  const isLow = props.value !== null && props.value < min;
  return (
    <TextInput
      {...naming(props)}
      description={props.description}
      placeholder={props.placeholder}
      inputMode="numeric"
      required={props.required}
      rightSection={unit === undefined ? undefined : <span className="unit">{unit}</span>}
      rightSectionWidth={unit === undefined ? undefined : 64}
      value={text}
      error={isBad || isLow ? `A whole number, ${min} or more.` : props.error}
      onChange={(event) => {
        setText(event.currentTarget.value);
        props.onChange(readWhole(event.currentTarget.value));
      }}
    />
  );
}

/** A date and time in the shop's zone; the value is the instant in UTC. */
export function InstantField(props: FieldProps<string>) {
  const timeZone = useTimeZone();
  return (
    <TextInput
      type="datetime-local"
      {...naming(props)}
      description={props.description ?? `Time of ${timeZone}`}
      required={props.required}
      value={props.value === null ? "" : toZoned(props.value, timeZone)}
      error={props.error}
      onChange={(event) => props.onChange(fromZoned(event.currentTarget.value, timeZone))}
    />
  );
}
