/** Geometry of the charts: round ticks and linear scales. */

/** Round numbers from zero (or below) to at least `max`, about `n` of them. */
export function ticks(min: number, max: number, n = 4): number[] {
  const low = Math.min(0, min);
  const span = Math.max(max - low, 1e-9);
  const rough = span / n;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((one) => one * power >= rough * 0.999) ?? 10) * power;
  const list: number[] = [];
  const first = Math.floor(low / step);
  const last = Math.ceil(max / step - 1e-9);
  for (let i = first; i <= Math.max(last, first + 1); i += 1) list.push(i * step);
  return list;
}

/** The value at `x` in the domain, put on the range. */
export function linear(domain: [number, number], range: [number, number]): (x: number) => number {
  const span = domain[1] - domain[0];
  return (x) => (span === 0 ? range[0] : range[0] + ((x - domain[0]) / span) * (range[1] - range[0]));
}

/** Which positions of `n` get a label when there is room for `room` of them. */
export function labelled(n: number, room: number): number[] {
  const step = Math.max(1, Math.ceil(n / Math.max(1, room)));
  const list: number[] = [];
  for (let i = n - 1; i >= 0; i -= step) list.unshift(i);
  return list;
}
