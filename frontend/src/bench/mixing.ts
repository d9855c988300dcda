/** A mix as the published schema has it, as far as the console turns it. */
import type { Plugin } from "./schema";

export interface Send {
  to: string;
  gain_db?: number;
}

export interface Strip {
  name: string;
  gain_db?: number;
  position?: number;
  mute?: boolean;
  solo?: boolean;
  plugins?: Plugin[];
  sends?: Send[];
}

export interface Mix {
  version: number;
  tracks: Strip[];
  buses?: Strip[];
  master?: { gain_db?: number; plugins?: Plugin[] };
}

export const SEND_OFF_DB = -60;

/** What goes from a strip to a bus, dB; off where nothing does. */
export function sendOf(strip: Strip, to: string): number {
  return strip.sends?.find((one) => one.to === to)?.gain_db ?? SEND_OFF_DB;
}

/** The same strip with another level to that bus; at the least it sends nothing. */
export function withSend(strip: Strip, to: string, gain_db: number): Send[] {
  const others = (strip.sends ?? []).filter((one) => one.to !== to);
  return gain_db <= SEND_OFF_DB ? others : [...others, { to, gain_db }];
}

/** -0.5 -> "50 % left". */
export function placeWords(position: number, words: { left: string; right: string; middle: string }): string {
  const percent = Math.round(Math.abs(position) * 100);
  if (percent === 0) return words.middle;
  return `${percent} % ${position < 0 ? words.left : words.right}`;
}

/** The mix in a text; null where it is none. */
export function readMix(text: string): Mix | null {
  try {
    const value = JSON.parse(text) as Partial<Mix>;
    return Array.isArray(value?.tracks) ? (value as Mix) : null;
  } catch {
    return null;
  }
}
