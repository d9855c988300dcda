/** Notes of an element against the notes as they were: what changed, and where the grid lies. */
import { type EditNote, round, SHORTEST } from "./editing";

export type Added = [onset: number, duration: number, pitch: number, velocity: number, part: number];
export type Changed = [id: number, onset: number, duration: number, pitch: number, velocity: number];

export interface NoteEdits {
  changed: Changed[];
  removed: number[];
  added: Added[];
}

/** A roll as the server has it: notes in its order, which gives them their numbers. */
export interface Roll {
  seconds: number;
  notes: [onset: number, duration: number, pitch: number, velocity: number, part: number][];
}

export function fromRoll(roll: Roll): EditNote[] {
  return roll.notes.map(([onset, duration, pitch, velocity, part], id) => ({
    id,
    onset,
    duration,
    pitch,
    velocity,
    confidence: 1,
    part,
    cents: 0,
  }));
}

/** What makes `notes` of `before`: a note that stayed is in no list. */
export function noteEditsOf(before: readonly EditNote[], notes: readonly EditNote[]): NoteEdits {
  const now = new Map(notes.map((note) => [note.id, note]));
  const was = new Set(before.map((note) => note.id));
  return {
    changed: before.flatMap((note) => {
      const next = now.get(note.id);
      return next && !same(note, next)
        ? [[next.id, next.onset, next.duration, next.pitch, next.velocity] as Changed]
        : [];
    }),
    removed: before.filter((note) => !now.has(note.id)).map((note) => note.id),
    added: notes
      .filter((note) => !was.has(note.id))
      .map((note) => [note.onset, note.duration, note.pitch, note.velocity, note.part] as Added),
  };
}

export function countOf(edits: NoteEdits): number {
  return edits.changed.length + edits.removed.length + edits.added.length;
}

function same(one: EditNote, other: EditNote): boolean {
  return (
    one.onset === other.onset &&
    one.duration === other.duration &&
    one.pitch === other.pitch &&
    one.velocity === other.velocity
  );
}

const PER_QUARTER: Record<string, number> = { quarter: 1, eighth: 2, triplet: 3, sixteenth: 4 };

/** Seconds of one step of the grid; 0 where notes lie freely, or no tempo is known. */
export function gridStep(grid: string, tempo: number): number {
  const per = PER_QUARTER[grid];
  return per && tempo > 0 ? 60 / tempo / per : 0;
}

/** The change of a note with what it moves drawn to the grid; a step of 0 draws nothing. */
export function snapped(change: Partial<EditNote>, note: EditNote, step: number): Partial<EditNote> {
  if (step === 0) return change;
  const to = (seconds: number): number => round(Math.round(seconds / step) * step);
  const found = { ...change };
  if (change.onset !== undefined) found.onset = to(change.onset);
  if (change.duration !== undefined) {
    const onset = found.onset ?? note.onset;
    found.duration = Math.max(round(to(onset + change.duration) - onset), SHORTEST);
  }
  return found;
}
