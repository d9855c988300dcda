/** What a chain does, as curves: gain over frequency, and level out for level in of each plugin that has one. */
import { csrfToken, h, s } from "../shared/dom";
import { RefusedError } from "./audition";
import type { Plugin } from "./schema";
import { say } from "./words";

export interface Curves {
  frequencies_hz: number[];
  response_db: number[];
  levels_db: number[];
  transfers_db: (number[] | null)[];
}

const [WIDE, TALL] = [480, 140];
const SPAN_DB = 24;

/** The server works them out. Throws RefusedError with its words; null where it did not answer. */
export async function askCurves(plugins: readonly Plugin[]): Promise<Curves | null> {
  const answer = await fetch("/api/curves/", {
    method: "POST",
    headers: { "content-type": "application/json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify({ plugins }),
  }).catch(() => null);
  if (!answer) return null;
  const body = (await answer.json().catch(() => ({}))) as Curves & { message?: string };
  if (!answer.ok) throw new RefusedError(body.message ?? say("failed"));
  return body;
}

/** Gain over frequency: 0 dB in the middle. */
export function responseFigure(gains: readonly number[]): HTMLElement {
  const points = responsePoints(gains, WIDE, TALL);
  return frame(
    `${say("chain_response")} (20 Hz – 20 kHz, ±${SPAN_DB} dB)`,
    s("polyline", { class: "curve chain__curve", points }),
  );
}

/** Level out for level in, with the straight line of a plugin that does nothing. */
export function transferFigure(levels: readonly number[], from: readonly number[]): HTMLElement {
  return frame(
    `${say("chain_transfer")} (${from[0] ?? -72} – 0 dB)`,
    s("line", { class: "axis", x1: 0, y1: TALL, x2: WIDE, y2: 0 }),
    s("polyline", { class: "curve chain__curve", points: transferPoints(levels, from, WIDE, TALL) }),
  );
}

export function responsePoints(gains: readonly number[], wide: number, tall: number): string {
  const step = wide / Math.max(gains.length - 1, 1);
  const y = (gain: number): number =>
    tall / 2 - (Math.max(-SPAN_DB, Math.min(SPAN_DB, gain)) / SPAN_DB) * (tall / 2);
  return gains.map((gain, index) => `${(index * step).toFixed(1)},${y(gain).toFixed(1)}`).join(" ");
}

export function transferPoints(
  levels: readonly number[],
  from: readonly number[],
  wide: number,
  tall: number,
): string {
  const least = from[0] ?? -72;
  const place = (value: number): number => (Math.max(least, Math.min(0, value)) - least) / -least;
  return levels
    .map(
      (level, index) =>
        `${(place(from[index] ?? 0) * wide).toFixed(1)},${((1 - place(level)) * tall).toFixed(1)}`,
    )
    .join(" ");
}

function frame(words: string, ...content: SVGElement[]): HTMLElement {
  const svg = s("svg", {
    viewBox: `0 0 ${WIDE} ${TALL}`,
    class: "chart",
    role: "img",
    "aria-label": words,
  });
  for (let line = 0; line <= 4; line += 1) {
    svg.append(s("line", { class: "grid", x1: 0, x2: WIDE, y1: (line * TALL) / 4, y2: (line * TALL) / 4 }));
  }
  svg.append(...content);
  return h("figure", { class: "chain__figure" }, h("figcaption", { class: "small muted" }, words), svg);
}
