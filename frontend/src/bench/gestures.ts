/** What keys and the pointer do to a note: which values change, and to what. */
import type { EditNote } from "./editing";

export interface Key {
  key: string;
  shiftKey: boolean;
  altKey: boolean;
}

/** How a note is moved: of a take only the pitch follows, and notes stay where they were sung; `notes` are an element's. */
export type Mode = "review" | "pitch" | "notes";

export const STEP_S = 0.02;
const VELOCITY_STEP = 4;

/** How far left and right walk among the notes; null where the key does not. */
export function walkOf(event: Key): 1 | -1 | null {
  if (event.shiftKey || event.altKey) return null;
  return event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : null;
}

/** The change that a key makes of the chosen note; null where it makes none. */
export function keyChange(note: EditNote, event: Key, mode: Mode, step = STEP_S): Partial<EditNote> | null {
  const up = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  if (mode === "pitch") return up ? { cents: note.cents + up * centsOf(event) } : null;
  if (up) return { pitch: note.pitch + up * (event.shiftKey ? 12 : 1) };
  const louder = { "+": VELOCITY_STEP, "-": -VELOCITY_STEP }[event.key];
  return louder ? { velocity: note.velocity + louder } : timeChange(note, event, step);
}

function centsOf(event: Key): number {
  if (event.altKey) return 10;
  return event.shiftKey ? 1200 : 100;
}

function timeChange(note: EditNote, event: Key, step: number): Partial<EditNote> | null {
  const across = { ArrowRight: step, ArrowLeft: -step }[event.key];
  if (across && event.altKey) return { duration: note.duration + across };
  return across && event.shiftKey ? { onset: note.onset + across } : null;
}

export interface Drag {
  seconds: number;
  semitones: number;
  /** The pointer took the note's end. */
  isLength: boolean;
  /** In tenths of a semitone. */
  isFine: boolean;
}

/** The change that dragging makes of a note as it was when the pointer went down. */
export function dragChange(note: EditNote, by: Drag, mode: Mode): Partial<EditNote> {
  if (mode === "pitch")
    return {
      cents: note.cents + (by.isFine ? Math.round(by.semitones * 10) * 10 : Math.round(by.semitones) * 100),
    };
  if (by.isLength) return { duration: note.duration + by.seconds };
  return { onset: note.onset + by.seconds, pitch: note.pitch + Math.round(by.semitones) };
}
