/** Chord symbols and their places on the circle of fifths. */

const LETTERS: Record<string, number> = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };

export interface Chord {
  symbol: string;
  /** Pitch class of the root. */
  root: number;
  minor: boolean;
  /** Steps clockwise from C major on the circle of fifths; minor chords stand with their relative major. */
  fifth: number;
}

/** "F#m7" -> root 6, minor; null where the text is no chord. */
export function parseChord(symbol: string): Chord | null {
  const found = /^([A-G])([#♯b♭]?)(m(?!aj)|min|-|dim|°|ø)?/.exec(symbol.trim());
  if (!found) return null;
  const [, letter = "C", sign = "", quality] = found;
  const shift = sign === "#" || sign === "♯" ? 1 : sign ? -1 : 0;
  const root = ((LETTERS[letter] ?? 0) + shift + 12) % 12;
  const minor = quality !== undefined;
  const major = minor ? (root + 3) % 12 : root;
  return { symbol: symbol.trim(), root, minor, fifth: (major * 7) % 12 };
}

export function parseChords(text: string): Chord[] {
  return text
    .split(/[\s,|]+/)
    .map(parseChord)
    .filter((chord): chord is Chord => chord !== null);
}
