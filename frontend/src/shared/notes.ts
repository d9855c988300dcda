/** Notes as pages hand them over, in seconds. */

export interface Note {
  onset: number;
  duration: number;
  /** MIDI number, 60 = middle C. */
  pitch: number;
  /** 0 to 1. */
  velocity: number;
  part: number;
}

type Short = [onset: number, duration: number, pitch: number, velocity?: number, part?: number];

/** From lists [onset, duration, pitch, velocity?, part?] or objects with these names; velocities above 1 count to 127. */
export function parseNotes(value: unknown): Note[] {
  const list = value && typeof value === "object" && "notes" in value ? value.notes : value;
  if (!Array.isArray(list)) return [];
  return list.map((item: Short | Partial<Note>) => {
    const [onset, duration, pitch, velocity, part] = Array.isArray(item)
      ? item
      : [item.onset, item.duration, item.pitch, item.velocity, item.part];
    const loud = velocity ?? 0.8;
    return {
      onset: onset ?? 0,
      duration: duration ?? 0,
      pitch: pitch ?? 60,
      velocity: loud > 1 ? loud / 127 : loud,
      part: part ?? 0,
    };
  });
}

/** The lowest and highest pitch with a little air, at least an octave apart. */
export function pitchRange(notes: readonly Note[]): [number, number] {
  if (notes.length === 0) return [54, 78];
  const low = Math.min(...notes.map((note) => note.pitch));
  const high = Math.max(...notes.map((note) => note.pitch));
  const air = Math.max(2, Math.ceil((14 - (high - low)) / 2));
  return [low - air, high + air];
}

export function endOf(notes: readonly Note[]): number {
  return notes.reduce((end, note) => Math.max(end, note.onset + note.duration), 0);
}
