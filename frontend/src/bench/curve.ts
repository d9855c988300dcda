/** A slider's way over a range: even, or even in octaves. */
import { clamp } from "../shared/dom";

export interface Range {
  least: number;
  most: number;
  step: number;
  curve: string;
}

export const WAY = 1000;

function isLog(range: Range): boolean {
  return range.curve === "log" && range.least > 0;
}

/** Where on its way (0 to 1000) a value stands. */
export function placeOf(value: number, range: Range): number {
  const at = clamp(value, range.least, range.most);
  const part = isLog(range)
    ? Math.log(at / range.least) / Math.log(range.most / range.least)
    : (at - range.least) / (range.most - range.least || 1);
  return Math.round(part * WAY);
}

/** The value at a place on the way, on the range's own steps. */
export function valueAt(place: number, range: Range): number {
  const part = clamp(place / WAY, 0, 1);
  const exact = isLog(range)
    ? range.least * (range.most / range.least) ** part
    : range.least + part * (range.most - range.least);
  const steps = Math.round((exact - range.least) / range.step);
  return clamp(Number((range.least + steps * range.step).toFixed(6)), range.least, range.most);
}
