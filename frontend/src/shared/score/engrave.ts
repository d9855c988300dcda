/** Draw one system of a staff as SVG: clef, signature, heads, stems, flags, ledger lines, bar lines. */
import { s } from "../dom";
import { type BeatNote, type Clef, onStaff, signature, writtenValue } from "./staff";

export const GAP = 9;
const TOP = 36;
export const SYSTEM_HEIGHT = 4 * GAP + 2 * TOP;
const BAR_WIDTH_MIN = 150;

const G_CLEF =
  "M9 41c-1 4-7 3-7-1 0-3 4-4 5-1M9 41 6 8c-1-7 6-11 7-5 1 7-13 10-13 20 0 7 5 9 9 9s8-3 8-8-7-8-10-4c-2 3 0 6 2 7";
const F_CLEF = "M2 10a3 3 0 1 0 3-3c-2 0-4 2-3 5M2 9c1-9 14-9 14 2 0 8-7 14-15 18M20 6v1M20 14v1";
/** Lines and spaces (half-gaps above the lowest line) where signatures are written in the treble clef. */
const SHARP_STEPS = [8, 5, 9, 6, 3, 7, 4];
const FLAT_STEPS = [4, 7, 3, 6, 2, 5, 1];
const SIGNS: Record<string, string> = { "-1": "♭", "0": "♮", "1": "♯" };

export interface System {
  bars: BeatNote[][];
  beats: number;
  fifths: number;
  clef: Clef;
  width: number;
  /** First bar's number, from 0. */
  first: number;
}

export function barsPerSystem(width: number): number {
  return Math.max(1, Math.floor((width - 90) / BAR_WIDTH_MIN));
}

export function engrave(system: System): SVGSVGElement {
  const { width, clef, fifths, beats } = system;
  const svg = s("svg", {
    class: "score",
    width,
    height: SYSTEM_HEIGHT,
    viewBox: `0 0 ${width} ${SYSTEM_HEIGHT}`,
  });
  for (let line = 0; line < 5; line += 1) {
    const y = TOP + line * GAP + 0.5;
    svg.append(s("line", { x1: 0, x2: width, y1: y, y2: y, stroke: "currentColor", "stroke-opacity": 0.55 }));
  }
  svg.append(clefMark(clef), ...signatureMarks(fifths, clef));
  const start = 36 + signature(fifths).size * 9;
  const barWidth = (width - start) / system.bars.length;
  system.bars.forEach((bar, index) => {
    const left = start + index * barWidth;
    for (const note of bar) {
      const place = (note.onset - (system.first + index) * beats) / beats;
      svg.append(noteMark(note, left + 14 + place * (barWidth - 22), system));
    }
    svg.append(barLine(left + barWidth - 0.5));
  });
  return svg;
}

function barLine(x: number): SVGElement {
  return s("line", { x1: x, x2: x, y1: TOP, y2: TOP + 4 * GAP + 1, stroke: "currentColor" });
}

function clefMark(clef: Clef): SVGElement {
  const [d, y] = clef === "treble" ? [G_CLEF, TOP - 5] : [F_CLEF, TOP];
  const ink = { fill: "none", stroke: "currentColor", "stroke-width": 1.9, "stroke-linecap": "round" };
  return s("path", { d, transform: `translate(4 ${y})`, ...ink });
}

function signatureMarks(fifths: number, clef: Clef): SVGElement[] {
  const steps = (fifths > 0 ? SHARP_STEPS : FLAT_STEPS).slice(0, Math.abs(fifths));
  const sign = SIGNS[fifths > 0 ? "1" : "-1"] ?? "";
  return steps.map((step, index) => signMark(sign, 28 + index * 9, y(clef === "bass" ? step - 2 : step)));
}

function signMark(sign: string, x: number, at: number): SVGElement {
  return s("text", { x, y: at + 6, "font-size": 19, fill: "currentColor", "text-anchor": "middle" }, sign);
}

function y(step: number): number {
  return TOP + 4 * GAP - (step * GAP) / 2 + 0.5;
}

function noteMark(note: BeatNote, x: number, { fifths, clef }: System): SVGElement {
  const { step, accidental } = onStaff(note.pitch, fifths, clef);
  const { base, dots } = writtenValue(note.duration);
  const at = y(step);
  const group = s("g", { class: "note", "data-onset": note.onset, "data-end": note.onset + note.duration });
  for (let line = -2; line >= step; line -= 2) group.append(ledgerLine(x, y(line)));
  for (let line = 10; line <= step; line += 2) group.append(ledgerLine(x, y(line)));
  const hollow = base >= 2;
  const ink = { fill: hollow ? "none" : "currentColor", stroke: "currentColor", "stroke-width": 1.5 };
  group.append(
    s("ellipse", { cx: x, cy: at, rx: 5.2, ry: 3.7, transform: `rotate(-20 ${x} ${at})`, ...ink }),
  );
  if (accidental !== null) group.append(signMark(SIGNS[String(accidental)] ?? "", x - 13, at));
  if (dots) group.append(s("circle", { cx: x + 10, cy: at - 2.5, r: 1.6, fill: "currentColor" }));
  if (base < 4) group.append(...stem(x, at, step < 4, base));
  return group;
}

function ledgerLine(x: number, at: number): SVGElement {
  return s("line", { x1: x - 9, x2: x + 9, y1: at, y2: at, stroke: "currentColor" });
}

function stem(x: number, at: number, up: boolean, base: number): SVGElement[] {
  const side = up ? x + 5 : x - 5;
  const end = up ? at - 31 : at + 31;
  const strokes = [
    s("line", { x1: side, x2: side, y1: at, y2: end, stroke: "currentColor", "stroke-width": 1.3 }),
  ] as SVGElement[];
  const flags = base === 0.5 ? 1 : base === 0.25 ? 2 : 0;
  for (let flag = 0; flag < flags; flag += 1) {
    const from = end + (up ? 1 : -1) * flag * 8;
    const bend = up ? `c1 6 8 7 6 16` : `c1 -6 8 -7 6 -16`;
    strokes.push(
      s("path", { d: `M${side} ${from}${bend}`, fill: "none", stroke: "currentColor", "stroke-width": 1.6 }),
    );
  }
  return strokes;
}
