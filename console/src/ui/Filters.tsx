/** Controls that keep their value in the address. */
import { Select, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";

/** How long after the last key the search is sent. */
const PAUSE_MS = 300;

interface TextProps {
  label: string;
  placeholder?: string;
  value: string | undefined;
  onChange: (value: string) => void;
}

/** A search field that asks the server when the typing pauses. */
export function SearchField({ label, placeholder, value = "", onChange }: TextProps) {
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  const timer = useRef<number | undefined>(undefined);
  // The address changed by other means (back, a link): show what it says.
  if (known !== value) {
    setKnown(value);
    setText(value);
  }
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const change = (next: string) => {
    setText(next);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => onChange(next.trim()), PAUSE_MS);
  };
  return (
    <TextInput
      className="wide"
      type="search"
      label={label}
      placeholder={placeholder}
      leftSection={<IconSearch size={16} aria-hidden />}
      value={text}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}

interface ChoiceProps {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  options: { value: string; label: string }[];
  /** What the empty choice is called; without it, a choice must be made. */
  all?: string;
  searchable?: boolean;
  /** For long options: takes the whole line of a narrow window. */
  wide?: boolean;
}

export function Choice({ label, value, onChange, options, all, searchable = false, wide = false }: ChoiceProps) {
  const known =
    value === undefined || options.some((one) => one.value === value) ? options : [...options, { value, label: value }];
  return (
    <Select
      className={wide ? "whole" : undefined}
      label={label}
      data={known}
      value={value ?? null}
      onChange={(next) => onChange(next ?? undefined)}
      placeholder={all}
      clearable={all !== undefined}
      allowDeselect={all !== undefined}
      searchable={searchable}
      nothingFoundMessage={searchable ? "Nothing found" : undefined}
    />
  );
}

export function DateField({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string | undefined;
  onChange: (value: string) => void;
}) {
  return (
    <TextInput
      type="date"
      label={label}
      value={value ?? ""}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
