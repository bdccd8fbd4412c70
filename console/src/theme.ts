/** Colours, sizes and defaults of the console. Contrast is at least 4.5:1 for text in both schemes. */
import {
  createTheme,
  defaultVariantColorsResolver,
  type CSSVariablesResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from "@mantine/core";

const mercer: MantineColorsTuple = [
  "#e9f6f5",
  "#d3eae8",
  "#a5d5d1",
  "#74bfb9",
  "#4cada6",
  "#2f9d96",
  "#157f79",
  "#0f6b66",
  "#0c5753",
  "#084441",
];

const NAMED = ["mercer", "gray", "red", "orange", "green", "blue", "violet", "yellow"];

const variantColorResolver: VariantColorsResolver = (input) => {
  const colors = defaultVariantColorsResolver(input);
  const color = input.color ?? input.theme.primaryColor;
  if (input.variant === "subtle" && color === "mercer") return { ...colors, color: "light-dark(#0c625d, #74cfc7)" };
  if (input.variant !== "light" || !NAMED.includes(color)) return colors;
  return {
    ...colors,
    background: `light-dark(var(--mantine-color-${color}-0), color-mix(in srgb, var(--mantine-color-${color}-8) 30%, transparent))`,
    hover: `light-dark(var(--mantine-color-${color}-1), color-mix(in srgb, var(--mantine-color-${color}-8) 45%, transparent))`,
    color: `light-dark(${color === "mercer" ? "#0a4f4b" : `color-mix(in srgb, var(--mantine-color-${color}-9) 75%, black)`}, var(--mantine-color-${color}-1))`,
  };
};

export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#56606a",
    "--mantine-color-body": "#f6f7f8",
    "--mantine-color-placeholder": "#646c75",
    "--mantine-color-error": "#c01f1f",
    "--surface": "#ffffff",
    "--line": "#e1e5e8",
    "--band-95": "#dceeed",
    "--band-80": "#b4dbd8",
    "--chart": "#157f79",
    "--chart-quiet": "#9fb4b6",
    "--chart-grid": "#e8ecee",
    "--against": "#b4540a",
  },
  dark: {
    "--mantine-color-text": "#e4e8eb",
    "--mantine-color-dimmed": "#a9b2ba",
    "--mantine-color-placeholder": "#98a1a9",
    "--mantine-color-body": "#14181b",
    "--mantine-color-error": "#ff8f8f",
    "--surface": "#1c2226",
    "--line": "#323b41",
    "--band-95": "#1d3b3b",
    "--band-80": "#28605d",
    "--chart": "#4cb5ad",
    "--chart-quiet": "#5d6d72",
    "--chart-grid": "#2a3237",
    "--against": "#f2a65a",
  },
});

const FONT =
  'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif';

const ON_SURFACE = {
  content: { background: "var(--surface)" },
  header: { background: "var(--surface)" },
};

export const theme = createTheme({
  primaryColor: "mercer",
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  colors: { mercer },
  variantColorResolver,
  fontFamily: FONT,
  headings: {
    fontFamily: FONT,
    fontWeight: "650",
    sizes: {
      h1: { fontSize: "1.5rem", lineHeight: "1.25" },
      h2: { fontSize: "1.0625rem", lineHeight: "1.35" },
      h3: { fontSize: "0.9375rem", lineHeight: "1.4" },
    },
  },
  defaultRadius: "md",
  cursorType: "pointer",
  focusRing: "auto",
  components: {
    Badge: { defaultProps: { variant: "light", radius: "sm", tt: "none", fw: 600, miw: "max-content" } },
    Tooltip: {
      defaultProps: { withArrow: true, multiline: true, maw: 320, events: { hover: true, focus: true, touch: true } },
    },
    Drawer: {
      defaultProps: { position: "right", size: "lg", closeButtonProps: { "aria-label": "Close" } },
      styles: ON_SURFACE,
    },
    Modal: { defaultProps: { centered: true, closeButtonProps: { "aria-label": "Close" } }, styles: ON_SURFACE },
    Notification: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
    Select: { defaultProps: { comboboxProps: { shadow: "md" }, clearButtonProps: { "aria-label": "Clear" } } },
  },
});
