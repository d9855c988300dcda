import { h } from "../shared/dom";
import { type EditNote, fromRows, stepFrom } from "./editing";
import { EditorTools, wordsOf } from "./editor-tools";
import { walkOf } from "./gestures";
import type { Audition } from "./loudness";
import { RollPicture } from "./roll-picture";
import { Sounding } from "./sounding";
import { say } from "./words";

/** `<ll-heard>`: the notes that an audition heard in a section, to see and to hear beside it. They are kept by nobody. */
export class LLHeard extends HTMLElement {
  private readonly facts = h("p", { class: "figure" });
  private readonly status = h("p", { class: "editor__status figure", role: "status" });
  private readonly picture = new RollPicture(
    () => ({
      notes: this.notes,
      chosen: this.chosen,
      beats: this.heard?.beats_s ?? [],
      chords: this.heard?.chords ?? [],
      now: this.sounding?.time ?? 0,
      ghosts: false,
    }),
    () => this.seconds,
  );
  private tools: EditorTools | null = null;
  private heard: Audition["heard"] | null = null;
  private notes: EditNote[] = [];
  private chosen: number | null = null;
  private sounding: Sounding | null = null;

  connectedCallback(): void {
    if (this.tools) return;
    this.tools = new EditorTools({
      play: () => this.playOrStop(),
      closer: () => this.picture.scale(1.5, null),
      wider: () => this.picture.scale(1 / 1.5, null),
    });
    const { field, lane } = this.picture;
    field.setAttribute("aria-label", say("heard_roll"));
    field.addEventListener("keydown", this.onKey);
    this.replaceChildren(this.facts, this.tools.bar, lane, this.status);
    this.picture.connect();
  }

  disconnectedCallback(): void {
    this.sounding?.close();
    this.picture.disconnect();
    this.tools = null;
  }

  show(audition: Audition): void {
    this.sounding?.close();
    this.sounding = new Sounding(audition.files.before ?? "");
    this.heard = audition.heard ?? null;
    this.notes = fromRows(this.heard?.notes ?? []);
    this.chosen = null;
    const { tempo_bpm, key } = this.heard ?? {};
    const facts = [tempo_bpm ? `${tempo_bpm.toFixed(1)} BPM` : "", key ?? ""].filter((one) => one);
    this.facts.textContent = facts.join(" · ");
    this.tell();
    this.tools?.showPlaying(false);
    this.picture.draw();
  }

  private get seconds(): number {
    return Math.max(this.heard?.seconds ?? 1, 0.1);
  }

  private tell(): void {
    const note = this.notes.find((one) => one.id === this.chosen) ?? null;
    this.status.textContent = this.notes.length > 0 ? wordsOf(note, this.notes.length) : say("heard_none");
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const walk = walkOf(event);
    if (event.key === " ") this.playOrStop();
    else if (walk) this.choose(stepFrom(this.notes, this.chosen, walk));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  private choose(note: EditNote | null): void {
    this.chosen = note?.id ?? null;
    if (note) {
      void this.sounding?.hear(note);
      this.picture.reveal(note);
    }
    this.tell();
    this.picture.draw();
  }

  private playOrStop(): void {
    const { sounding } = this;
    if (!sounding || !this.tools) return;
    if (sounding.isPlaying) sounding.stop();
    else {
      const from = sounding.time >= this.seconds - 0.05 ? 0 : sounding.time;
      void sounding.play(this.notes, from, this.tools.heard).then(() => this.tick());
    }
    this.tools.showPlaying(sounding.isPlaying);
  }

  private tick(): void {
    const { sounding } = this;
    if (!sounding) return;
    if (sounding.isPlaying && sounding.time > this.seconds) sounding.stop();
    this.tools?.showPlaying(sounding.isPlaying);
    this.picture.draw();
    if (sounding.isPlaying) requestAnimationFrame(() => this.tick());
  }
}
