/** The logo, drawn in place so that it needs no request. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#0f5c5c" />
      <path
        d="M7 23V9.5l9 8.5 9-8.5V23"
        fill="none"
        stroke="#fff"
        strokeWidth="3"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <circle cx="16" cy="24" r="2.2" fill="#f3b23c" />
    </svg>
  );
}
