/** How many of so many units are left, as a number and as a bar. */
import { whole } from "../lib/format";

export function UnitBar({ left, of, wide = false }: { left: number; of: number; wide?: boolean }) {
  const share = of > 0 ? Math.min(1, Math.max(0, left / of)) : 0;
  return (
    <div className={wide ? "units wide" : "units"}>
      <span className="num nowrap">
        {whole(left)} <span className="quiet">of {whole(of)}</span>
      </span>
      <span className="bar" aria-hidden="true">
        {left > 0 && <span style={{ width: `${share * 100}%` }} />}
      </span>
    </div>
  );
}
