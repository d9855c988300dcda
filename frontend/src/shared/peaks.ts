/** Peaks of a waveform: pairs (lowest, highest) in -1..1, one pair a column. */
import { clamp } from "./dom";

export type Peaks = readonly (readonly [number, number])[];

function fromBase64(text: string): Peaks {
  return [...atob(text)].map((letter) => {
    const height = letter.charCodeAt(0) / 255;
    return [-height, height] as const;
  });
}

/**
 * From the three forms that pages use: base64 of one byte a column (short, for lists), a flat JSON list of heights
 * 0..1, or a JSON list of [low, high] pairs.
 */
export function parsePeaks(value: unknown): Peaks {
  if (typeof value === "string") {
    return value.trimStart().startsWith("[") ? parsePeaks(JSON.parse(value)) : fromBase64(value);
  }
  if (value && typeof value === "object" && "peaks" in value) return parsePeaks(value.peaks);
  if (!Array.isArray(value)) return [];
  return value.map((item: number | [number, number]) =>
    Array.isArray(item)
      ? ([clamp(item[0], -1, 1), clamp(item[1], -1, 1)] as const)
      : ([-clamp(item, 0, 1), clamp(item, 0, 1)] as const),
  );
}

/** The same wave in `columns` columns: each shows the extremes it covers, and the loudest touches the edge. */
export function fitPeaks(peaks: Peaks, columns: number): Peaks {
  if (peaks.length === 0 || columns < 1) return [];
  const loudest = Math.max(...peaks.map(([low, high]) => Math.max(-low, high)), 1e-6);
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * peaks.length) / columns);
    const to = Math.max(from + 1, Math.floor(((column + 1) * peaks.length) / columns));
    const part = peaks.slice(from, to);
    return [
      Math.min(...part.map(([low]) => low)) / loudest,
      Math.max(...part.map(([, high]) => high)) / loudest,
    ] as const;
  });
}
