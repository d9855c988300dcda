import { h, readData } from "./dom";
import { FollowingPicture } from "./following";
import { endOf, type Note, parseNotes, pitchRange } from "./notes";

const BLACK = new Set([1, 3, 6, 8, 10]);

/**
 * `<ll-roll data='[[onset_s, duration_s, pitch, velocity, part], ...]' | src="..." | picture="address of an image">`
 *
 * `picture` is for visitors without a licence: they get a drawing and a moving playhead, never the notes.
 */
export class LLRoll extends FollowingPicture {
  protected readonly label = "roll" as const;
  private notes: Note[] = [];
  private image: HTMLImageElement | null = null;

  protected async load(): Promise<void> {
    const address = this.getAttribute("picture");
    if (address) {
      this.image = h("img", { src: address, alt: "" });
      await this.image.decode();
      return;
    }
    this.notes = parseNotes(await readData<unknown>(this));
  }

  protected draw(pen: CanvasRenderingContext2D, width: number, height: number, fraction: number): void {
    if (this.image) pen.drawImage(this.image, 0, 0, width, height);
    else this.drawNotes(pen, width, height, fraction);
    if (fraction > 0) {
      pen.fillStyle = this.colour("--accent");
      pen.fillRect(Math.round(fraction * width), 0, 2, height);
    }
  }

  private drawNotes(pen: CanvasRenderingContext2D, width: number, height: number, fraction: number): void {
    const [low, high] = pitchRange(this.notes);
    const tall = height / (high - low + 1);
    const whole = Number(this.getAttribute("seconds")) || endOf(this.notes) || 1;
    const y = (pitch: number): number => (high - pitch) * tall;
    this.drawKeys(pen, width, low, high, tall);
    const accent = this.colour("--accent");
    const hues = Array.from({ length: 8 }, (_, index) => this.colour(`--hue-${index + 1}`));
    const parts = new Set(this.notes.map((note) => note.part)).size;
    for (const note of this.notes) {
      const sounding = fraction > 0 && isAt(note, fraction * whole);
      const ink = parts > 1 ? hues[(note.part + 5) % 8] : this.colour("--ink");
      pen.globalAlpha = sounding ? 1 : 0.45 + note.velocity * 0.5;
      pen.fillStyle = sounding ? accent : (ink ?? accent);
      const left = (note.onset / whole) * width;
      pen.beginPath();
      const wide = Math.max(2, (note.duration / whole) * width - 1);
      pen.roundRect(left, y(note.pitch) + 0.5, wide, Math.max(2, tall - 1), Math.min(2, tall / 3));
      pen.fill();
    }
    pen.globalAlpha = 1;
  }

  private drawKeys(
    pen: CanvasRenderingContext2D,
    width: number,
    low: number,
    high: number,
    tall: number,
  ): void {
    for (let pitch = low; pitch <= high; pitch += 1) {
      const top = (high - pitch) * tall;
      if (BLACK.has(pitch % 12)) {
        pen.fillStyle = this.colour("--shade");
        pen.fillRect(0, top, width, tall);
      }
      if (pitch % 12 === 0) {
        pen.fillStyle = this.colour("--line");
        pen.fillRect(0, Math.round(top + tall), width, 1);
      }
    }
  }
}

function isAt(note: Note, second: number): boolean {
  return note.onset <= second && second < note.onset + note.duration;
}
