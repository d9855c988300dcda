/** From sounding notes to places on a staff: steps, accidentals, lengths. Pure. */

/** Letters in the order in which sharps enter a signature: F C G D A E B; flats enter backwards. */
const SHARP_ORDER = [3, 0, 4, 1, 5, 2, 6] as const;

export type Clef = "treble" | "bass";

export interface StaffNote {
  /** Half-gaps above the lowest line of the staff. */
  step: number;
  /** Sign to print before the head: -1 flat, 0 natural, 1 sharp, null where the signature says it already. */
  accidental: -1 | 0 | 1 | null;
}

/** Letters (0 = C) that a signature of `fifths` raises (+1) or lowers (-1). */
export function signature(fifths: number): Map<number, 1 | -1> {
  const letters = fifths >= 0 ? SHARP_ORDER.slice(0, fifths) : [...SHARP_ORDER].reverse().slice(0, -fifths);
  return new Map(letters.map((letter) => [letter, fifths >= 0 ? 1 : -1]));
}

/** The clef that keeps most notes on the staff. */
export function clefOf(pitches: readonly number[]): Clef {
  const mean = pitches.reduce((sum, pitch) => sum + pitch, 0) / Math.max(1, pitches.length);
  return mean < 58 ? "bass" : "treble";
}

/**
 * Letter (0 = C) and alteration of a pitch: the name that lies nearest to the key on the line of fifths, from three
 * fifths below its tonic to eight above, so that D minor has a C sharp and C minor an E flat.
 */
export function spell(pitch: number, fifths: number): { letter: number; alteration: number } {
  for (let place = fifths - 3; place <= fifths + 8; place += 1) {
    if ((((place * 7 - pitch) % 12) + 12) % 12 !== 0) continue;
    const fromF = place + 1;
    return { letter: SHARP_ORDER[((fromF % 7) + 7) % 7] ?? 0, alteration: Math.floor(fromF / 7) };
  }
  return { letter: 0, alteration: 0 };
}

export function onStaff(pitch: number, fifths: number, clef: Clef): StaffNote {
  const { letter, alteration } = spell(pitch, fifths);
  const octave = Math.floor((pitch - alteration) / 12) - 1;
  // The lowest line: E4 in the treble clef, G2 in the bass clef.
  const bottom = clef === "treble" ? 4 * 7 + 2 : 2 * 7 + 4;
  const expected = signature(fifths).get(letter) ?? 0;
  return {
    step: octave * 7 + letter - bottom,
    accidental: alteration === expected ? null : (alteration as -1 | 0 | 1),
  };
}

export interface Value {
  /** 4 whole, 2 half, 1 quarter, 0.5 eighth, 0.25 sixteenth. */
  base: 4 | 2 | 1 | 0.5 | 0.25;
  dots: 0 | 1;
}

/** The printed value nearest to a length in quarter notes. */
export function writtenValue(quarters: number): Value {
  const bases = [4, 2, 1, 0.5, 0.25] as const;
  const all = bases.flatMap((base) => [
    { base, dots: 0 as const },
    { base, dots: 1 as const },
  ]);
  const length = (value: Value): number => value.base * (value.dots ? 1.5 : 1);
  return all.reduce((best, value) =>
    Math.abs(length(value) - quarters) < Math.abs(length(best) - quarters) ? value : best,
  );
}

export interface BeatNote {
  /** Quarter notes from the start. */
  onset: number;
  duration: number;
  pitch: number;
}

/** Notes cut into bars of `beats` quarters; bars without a note are empty lists. */
export function bars(notes: readonly BeatNote[], beats: number): BeatNote[][] {
  const result: BeatNote[][] = [];
  for (const note of notes) {
    const index = Math.max(0, Math.floor(note.onset / beats + 1e-6));
    while (result.length <= index) result.push([]);
    result[index]?.push(note);
  }
  return result;
}
