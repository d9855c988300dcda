/** Ticks that people can read: 1, 2 or 5 times a power of ten. */

export function ticks(low: number, high: number, about = 5): number[] {
  const [from, to] = [Math.min(0, low), Math.max(0, high)];
  if (to === from) return [0];
  const rough = (to - from) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.floor(from / step);
  const last = Math.ceil(to / step);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

/** Every how many labels one may stand, so that `count` of them do not touch within `room`. */
export function labelStep(count: number, room: number, labelWidth = 56): number {
  return Math.max(1, Math.ceil((count * labelWidth) / Math.max(1, room)));
}
