/** What a deck plays, and where it stands: values without side effects. */

/** A part that can be heard: where it lies, how loud it is played when all are to be equally loud, what it is called. */
export interface Heard {
  src: string;
  gain_db: number;
  name: string;
}

export function factorOf(gain_db: number): number {
  return Number.isFinite(gain_db) ? 10 ** (gain_db / 20) : 1;
}

/** Where in the sound a clock that began at `begun` (with `offset` played already) stands now; it goes round and round. */
export function placeAt(now: number, begun: number, offset: number, seconds: number): number {
  if (seconds <= 0) return 0;
  return (Math.max(now - begun, 0) + offset) % seconds;
}

/** The parts that may stay decoded: the newest first, as many as `most`; what is asked for is always among them. */
export function keptOf(order: readonly string[], asked: string, most: number): string[] {
  return [asked, ...order.filter((one) => one !== asked)].slice(0, most);
}

/** The part that a row's button asks for; null where the row cannot be heard yet. */
export function heardOf(row: HTMLElement, part: string): Heard | null {
  const src = part === "before" ? row.dataset.before : row.dataset.after;
  if (!src) return null;
  const gain = part === "before" ? row.dataset.beforeGain : row.dataset.afterGain;
  return { src, gain_db: Number(gain) || 0, name: row.dataset.name ?? "" };
}
