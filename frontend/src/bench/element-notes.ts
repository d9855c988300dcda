/** A version's notes under edit: read once, kept in this tab. Once they are saved there is a newer version, with others. */
import type { Told } from "./draft";
import { type EditNote, toRows } from "./editing";
import { fromRoll, type NoteEdits, noteEditsOf, type Roll } from "./note-edits";

/** So much room lies behind the last note, to go on writing. */
const ROOM_S = 4;

export class ElementNotes {
  private was: readonly EditNote[] = [];

  /** `address` of the roll; `tempo` in beats a minute, 0 where none is known. */
  constructor(
    private readonly address: string,
    private readonly tempo: number,
  ) {}

  async load(): Promise<Told> {
    const answer = await fetch(this.address, { headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const roll = (await answer.json()) as Roll;
    this.was = fromRoll(roll);
    const seconds = roll.seconds + ROOM_S;
    const rows = toRows(this.was);
    return {
      revision: 0,
      notes: rows,
      heard: { seconds, beats_s: this.beats(seconds), chords: [], notes: rows },
    };
  }

  editsTo(notes: readonly EditNote[]): NoteEdits {
    return noteEditsOf(this.was, notes);
  }

  /** What was changed in this tab and never saved. */
  kept(): EditNote[] | null {
    const text = sessionStorage.getItem(this.name);
    return text ? (JSON.parse(text) as EditNote[]) : null;
  }

  keep(notes: readonly EditNote[]): void {
    sessionStorage.setItem(this.name, JSON.stringify(notes));
  }

  private get name(): string {
    return `notes of ${this.address}`;
  }

  private beats(seconds: number): number[] {
    if (this.tempo <= 0) return [];
    return Array.from(
      { length: Math.ceil((seconds * this.tempo) / 60) },
      (_, beat) => (beat * 60) / this.tempo,
    );
  }
}
