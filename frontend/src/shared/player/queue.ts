/** What is to be heard, in order: a value with no side effects. */

export interface Track {
  id: string;
  title: string;
  maker: string;
  /** Address of the preview, signed by the server. */
  audio: string;
  /** Address of the element's page. */
  page: string;
  cover: string;
  /** Seconds, 0 where unknown; the audio element knows better once it has loaded. */
  duration: number;
}

export interface Queue {
  readonly tracks: readonly Track[];
  readonly index: number;
}

export const EMPTY: Queue = { tracks: [], index: -1 };

export function current(queue: Queue): Track | null {
  return queue.tracks[queue.index] ?? null;
}

/** The queue of a page's rows, standing at `id`; empty where no row has that id. */
export function queueOf(tracks: readonly Track[], id: string): Queue {
  const index = tracks.findIndex((track) => track.id === id);
  return index < 0 ? EMPTY : { tracks, index };
}

/** One step on or back; null at either end. */
export function step(queue: Queue, by: 1 | -1): Queue | null {
  const index = queue.index + by;
  return index >= 0 && index < queue.tracks.length ? { tracks: queue.tracks, index } : null;
}

/** Read a queue that an earlier page kept; anything that is not one is an empty queue. */
export function parseQueue(text: string | null): Queue & { time: number } {
  try {
    const kept = JSON.parse(text ?? "null") as { tracks?: Track[]; index?: number; time?: number } | null;
    if (
      kept &&
      Array.isArray(kept.tracks) &&
      typeof kept.index === "number" &&
      kept.tracks[kept.index]?.audio
    ) {
      return { tracks: kept.tracks, index: kept.index, time: Number(kept.time) || 0 };
    }
  } catch {
    // An old or broken note to ourselves: begin anew.
  }
  return { ...EMPTY, time: 0 };
}
