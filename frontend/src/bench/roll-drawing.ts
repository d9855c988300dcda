/** The picture of an editable piano roll. */
import { type EditNote, nameOf } from "./editing";
import type { View } from "./roll-view";

export interface Roll {
  notes: readonly EditNote[];
  chosen: number | null;
  beats: readonly number[];
  chords: readonly [number, number, string][];
  now: number;
  /** Show where a note was heard, beside where it is now. */
  ghosts: boolean;
}

const BLACK = new Set([1, 3, 6, 8, 10]);

export function drawRoll(
  pen: CanvasRenderingContext2D,
  view: View,
  colour: (token: string) => string,
  roll: Roll,
): void {
  drawGround(pen, view, colour, roll);
  for (const note of roll.notes) drawNote(pen, view, colour, note, note.id === roll.chosen, roll.ghosts);
  pen.globalAlpha = 1;
  pen.fillStyle = colour("--accent");
  pen.fillRect(Math.round(roll.now * view.perSecond), 0, 1, view.height);
}

function drawGround(
  pen: CanvasRenderingContext2D,
  view: View,
  colour: (token: string) => string,
  roll: Roll,
): void {
  pen.font = "11px sans-serif";
  for (let pitch = view.low; pitch <= view.high; pitch += 1) {
    const top = (view.high - pitch) * view.tall;
    if (BLACK.has(((pitch % 12) + 12) % 12)) {
      pen.fillStyle = colour("--shade");
      pen.fillRect(0, top, view.wide, view.tall);
    }
    if (pitch % 12 === 0) {
      pen.fillStyle = colour("--line");
      pen.fillRect(0, Math.round(top + view.tall), view.wide, 1);
      pen.fillStyle = colour("--muted");
      pen.fillText(nameOf(pitch), 3, top + view.tall - 2);
    }
  }
  pen.fillStyle = colour("--line");
  for (const beat of roll.beats) pen.fillRect(Math.round(beat * view.perSecond), 0, 1, view.height);
  pen.fillStyle = colour("--muted");
  let last = Number.NEGATIVE_INFINITY;
  for (const [start, , symbol] of roll.chords) {
    const left = start * view.perSecond + 3;
    if (symbol === "N" || left < last + 34) continue;
    pen.fillText(symbol, left, 12);
    last = left;
  }
}

function drawNote(
  pen: CanvasRenderingContext2D,
  view: View,
  colour: (token: string) => string,
  note: EditNote,
  isChosen: boolean,
  ghosts: boolean,
): void {
  const left = note.onset * view.perSecond;
  const wide = Math.max(note.duration * view.perSecond - 1, 3);
  const tall = Math.max(view.tall - 1, 3);
  const top = (pitch: number): number => (view.high - pitch) * view.tall + 0.5;
  if (ghosts && note.cents !== 0) {
    pen.globalAlpha = 0.5;
    pen.strokeStyle = colour("--line-strong");
    pen.strokeRect(left, top(note.pitch), wide, tall);
  }
  const at = top(note.pitch + note.cents / 100);
  // What is unsure is paler and dashed: never by colour alone.
  pen.globalAlpha = 0.25 + 0.75 * note.confidence;
  pen.fillStyle = isChosen ? colour("--accent") : colour("--ink");
  pen.beginPath();
  pen.roundRect(left, at, wide, tall, 2);
  pen.fill();
  pen.globalAlpha = 1;
  if (note.confidence < 0.5) {
    pen.setLineDash([3, 2]);
    pen.strokeStyle = colour("--warn");
    pen.strokeRect(left + 0.5, at + 0.5, wide - 1, tall - 1);
    pen.setLineDash([]);
  }
  if (isChosen) {
    pen.strokeStyle = colour("--ink");
    pen.strokeRect(left - 1, at - 1, wide + 2, tall + 2);
  }
}
