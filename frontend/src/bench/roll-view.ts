/** Where notes lie in the picture of a roll, and what lies under a point of it. */
import type { EditNote } from "./editing";

export interface View {
  wide: number;
  height: number;
  perSecond: number;
  low: number;
  high: number;
  /** Pixels a semitone. */
  tall: number;
}

export interface Place {
  second: number;
  pitch: number;
}

const MARGIN_SEMITONES = 3;
const WIDE_MAX_PX = 12_000;

/** All notes with a margin above and below, in a box of this size that is `zoom` times as wide. */
export function viewOf(
  notes: readonly EditNote[],
  box: { width: number; height: number },
  seconds: number,
  zoom: number,
): View {
  const wide = Math.min(Math.max(box.width, 10) * zoom, WIDE_MAX_PX);
  const height = Math.max(box.height, 10);
  let [low, high] = [60, 64];
  for (const note of notes) {
    const pitch = note.pitch + Math.round(note.cents / 100);
    low = Math.min(low, pitch);
    high = Math.max(high, pitch);
  }
  low -= MARGIN_SEMITONES;
  high += MARGIN_SEMITONES;
  return { wide, height, perSecond: wide / seconds, low, high, tall: height / (high - low + 1) };
}

/** The second and the pitch under a point of the picture, in pixels from its left upper corner. */
export function placeAt(view: View, left: number, top: number): Place {
  return { second: left / view.perSecond, pitch: view.high + 0.5 - top / view.tall };
}

/** How far a lane is to be scrolled so that a note can be seen; null where it can be already. */
export function scrollFor(
  view: View,
  note: EditNote,
  lane: { scrollLeft: number; clientWidth: number },
): number | null {
  const frame = Math.min(60, lane.clientWidth / 4);
  const left = note.onset * view.perSecond;
  const isSeen = lane.scrollLeft + frame <= left && left <= lane.scrollLeft + lane.clientWidth - frame;
  return isSeen ? null : left - lane.clientWidth / 3;
}
