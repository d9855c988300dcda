import { readData } from "../dom";
import { player } from "../player/player";
import { trackOf } from "../player/rows";
import { barsPerSystem, engrave } from "./engrave";
import { type BeatNote, bars, clefOf } from "./staff";

type Short = [onset: number, duration: number, pitch: number];

/**
 * `<ll-score data='[[onset, duration, pitch], ...]' [beats="4"] [fifths="0"] [bpm="96"] [track="id"]>`: one voice on a
 * staff; onsets and durations in quarter notes. With `bpm` the note that sounds is marked while its track plays.
 */
export class LLScore extends HTMLElement {
  private notes: BeatNote[] = [];
  private drawnWidth = 0;
  private readonly watch = new ResizeObserver(() => this.draw());

  async connectedCallback(): Promise<void> {
    const list = await readData<(Short | BeatNote)[]>(this).catch(() => null);
    if (!list || !this.isConnected) return;
    this.notes = list.map((note) =>
      Array.isArray(note) ? { onset: note[0], duration: note[1], pitch: note[2] } : note,
    );
    this.watch.observe(this);
    this.draw();
    player.addEventListener("time", this.follow);
  }

  disconnectedCallback(): void {
    this.watch.disconnect();
    player.removeEventListener("time", this.follow);
  }

  private draw(): void {
    const width = Math.max(280, this.clientWidth);
    if (width === this.drawnWidth || this.notes.length === 0) return;
    this.drawnWidth = width;
    const beats = Number(this.getAttribute("beats")) || 4;
    const fifths = Number(this.getAttribute("fifths")) || 0;
    const clef = clefOf(this.notes.map((note) => note.pitch));
    const all = bars(this.notes, beats);
    const size = barsPerSystem(width);
    const systems = Array.from({ length: Math.ceil(all.length / size) }, (_, index) => {
      const part = all.slice(index * size, (index + 1) * size);
      // A last, short system keeps the width of its bars.
      const own = part.length < size && index > 0 ? (width * (part.length + 0.35)) / (size + 0.35) : width;
      return engrave({ bars: part, beats, fifths, clef, width: own, first: index * size });
    });
    for (const old of this.querySelectorAll("svg")) old.remove();
    this.prepend(...systems);
  }

  private readonly follow = (): void => {
    const bpm = Number(this.getAttribute("bpm"));
    const row = this.closest<HTMLElement>("[data-preview]");
    const id = this.getAttribute("track") ?? (row ? trackOf(row).id : null);
    const beat = bpm && id && player.track?.id === id ? (player.time * bpm) / 60 : -1;
    for (const note of this.querySelectorAll<SVGGElement>(".note")) {
      const sounding = Number(note.dataset.onset) <= beat && beat < Number(note.dataset.end);
      note.classList.toggle("hue-1", sounding);
    }
  };
}
