/** Notes under review: values and changes; a change makes new notes, so that any number of them can be undone. */
import { clamp } from "../shared/dom";

export interface EditNote {
  id: number;
  onset: number;
  duration: number;
  pitch: number;
  velocity: number;
  /** 0 to 1; 1 for a note that a person put there. */
  confidence: number;
  part: number;
  /** How far it was moved from the pitch that was heard, where a take is to follow. */
  cents: number;
}

export type Row = [
  id: number,
  onset: number,
  duration: number,
  pitch: number,
  velocity: number,
  confidence: number,
  part: number,
];

export const SHORTEST = 0.02;
const NAMES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];

export function fromRows(rows: readonly Row[]): EditNote[] {
  return rows.map(([id, onset, duration, pitch, velocity, confidence, part]) => ({
    id,
    onset,
    duration,
    pitch,
    velocity,
    confidence,
    part,
    cents: 0,
  }));
}

export function toRows(notes: readonly EditNote[]): Row[] {
  return notes.map((note) => [
    note.id,
    note.onset,
    note.duration,
    note.pitch,
    note.velocity,
    note.confidence,
    note.part,
  ]);
}

/** In the order in which arrows walk: by onset, then pitch. */
export function inOrder(notes: readonly EditNote[]): EditNote[] {
  return [...notes].sort(
    (one, other) => one.onset - other.onset || one.pitch - other.pitch || one.id - other.id,
  );
}

export function changed(notes: readonly EditNote[], id: number, change: Partial<EditNote>): EditNote[] {
  return notes.map((note) => {
    if (note.id !== id) return note;
    const next = { ...note, ...change };
    return {
      ...next,
      onset: round(Math.max(next.onset, 0)),
      duration: round(Math.max(next.duration, SHORTEST)),
      pitch: clamp(Math.round(next.pitch), 0, 127),
      velocity: clamp(Math.round(next.velocity), 1, 127),
      cents: clamp(Math.round(next.cents), -2400, 2400),
    };
  });
}

export function without(notes: readonly EditNote[], ids: ReadonlySet<number>): EditNote[] {
  return notes.filter((note) => !ids.has(note.id));
}

export function withNew(
  notes: readonly EditNote[],
  onset: number,
  pitch: number,
  duration = 0.25,
  part = 0,
): EditNote[] {
  const id = notes.reduce((most, note) => Math.max(most, note.id), -1) + 1;
  const fresh = { id, onset: round(onset), duration, pitch, velocity: 80, confidence: 1, part, cents: 0 };
  return [...notes, fresh];
}

/** The note under a place, the shortest where several lie there. */
export function noteAt(notes: readonly EditNote[], second: number, pitch: number): EditNote | null {
  const there = notes.filter(
    (note) =>
      note.onset <= second &&
      second <= note.onset + note.duration &&
      Math.abs(note.pitch + note.cents / 100 - pitch) <= 0.5,
  );
  return there.sort((one, other) => one.duration - other.duration)[0] ?? null;
}

/** The note `by` steps on from this one; the first or last where none is chosen. */
export function stepFrom(notes: readonly EditNote[], id: number | null, by: 1 | -1): EditNote | null {
  const ordered = inOrder(notes);
  const here = ordered.findIndex((note) => note.id === id);
  if (here < 0) return ordered[by > 0 ? 0 : ordered.length - 1] ?? null;
  return ordered[clamp(here + by, 0, ordered.length - 1)] ?? null;
}

/** What a take is asked to do: [onset, offset, cents, move, length ratio] of each note that was moved, none overlapping. */
export function editsOf(notes: readonly EditNote[]): [number, number, number, number, number][] {
  const ordered = inOrder(notes);
  return ordered.flatMap((note, place) => {
    if (note.cents === 0) return [];
    const next = ordered[place + 1];
    const end = Math.min(
      note.onset + note.duration,
      next ? Math.max(next.onset, note.onset + SHORTEST) : Number.POSITIVE_INFINITY,
    );
    return [[note.onset, round(end), note.cents, 0, 1] as [number, number, number, number, number]];
  });
}

/** "E♭4", with cents where it lies beside the note. */
export function nameOf(pitch: number, cents = 0): string {
  const whole = pitch + Math.round(cents / 100);
  const rest = cents - Math.round(cents / 100) * 100;
  const name = `${NAMES[((whole % 12) + 12) % 12]}${Math.floor(whole / 12) - 1}`;
  return rest === 0 ? name : `${name} ${rest > 0 ? "+" : "−"}${Math.abs(rest)} ct`;
}

export function round(seconds: number): number {
  return Math.round(seconds * 10000) / 10000;
}

/** Undo and redo over whole states. */
export class History<T> {
  private readonly past: T[] = [];
  private readonly future: T[] = [];

  constructor(public now: T) {}

  push(next: T): void {
    this.past.push(this.now);
    if (this.past.length > 500) this.past.shift();
    this.future.length = 0;
    this.now = next;
  }

  undo(): boolean {
    const before = this.past.pop();
    if (before === undefined) return false;
    this.future.push(this.now);
    this.now = before;
    return true;
  }

  redo(): boolean {
    const after = this.future.pop();
    if (after === undefined) return false;
    this.past.push(this.now);
    this.now = after;
    return true;
  }

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }
}
