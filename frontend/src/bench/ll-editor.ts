import { clamp, h } from "../shared/dom";
import { drag } from "../shared/dragging";
import { Draft, type Saving, type Told } from "./draft";
import {
  changed,
  type EditNote,
  editsOf,
  fromRows,
  History,
  noteAt,
  stepFrom,
  withNew,
  without,
} from "./editing";
import { EditorTools, wordsOf } from "./editor-tools";
import { ElementNotes } from "./element-notes";
import { dragChange, keyChange, type Mode, STEP_S, walkOf } from "./gestures";
import { countOf, gridStep, snapped } from "./note-edits";
import { RollPicture } from "./roll-picture";
import type { Place } from "./roll-view";
import { Sounding } from "./sounding";
import { say } from "./words";

const END_PX = 8;

/**
 * `<ll-editor src="/api/drafts/..." mode="review|pitch" audio="address of the take">`: notes in a piano roll, moved by
 * mouse and keyboard. In `review` every change is saved to `src`; in `pitch` the notes stay and their `edits` say how far
 * the take is to follow. In `notes` it is a roll, `edits` say what makes the new notes of it, and a form of the page saves
 * them; until then they are kept in this tab. Fires `notesedit` (detail: {notes, edits}).
 */
export class LLEditor extends HTMLElement {
  private readonly picture = new RollPicture(
    () => ({
      notes: this.notes,
      chosen: this.chosen,
      beats: this.told?.heard.beats_s ?? [],
      chords: this.told?.heard.chords ?? [],
      now: this.sounding?.time ?? 0,
      ghosts: this.mode === "pitch",
    }),
    () => this.seconds,
  );
  private readonly status = h("p", { class: "editor__status figure", role: "status" });
  private tools: EditorTools | null = null;
  private history = new History<EditNote[]>([]);
  private draft: Draft | null = null;
  private told: Told | null = null;
  private chosen: number | null = null;
  private sounding: Sounding | null = null;
  private element: ElementNotes | null = null;
  private lastPart = 0;

  connectedCallback(): void {
    this.build();
    this.sounding = new Sounding(this.getAttribute("audio") ?? "");
    if (this.mode === "notes") this.element = new ElementNotes(this.getAttribute("src") ?? "", this.tempo);
    this.draft = new Draft(this.getAttribute("src") ?? "", this.onSaving);
    this.picture.connect();
    document.addEventListener("submit", this.onSubmit, true);
    void this.load(this.draft);
  }

  disconnectedCallback(): void {
    this.picture.disconnect();
    document.removeEventListener("submit", this.onSubmit, true);
    void this.draft?.flush();
    this.sounding?.close();
  }

  get notes(): readonly EditNote[] {
    return this.history.now;
  }

  get edits(): unknown {
    return this.element ? this.element.editsTo(this.notes) : editsOf(this.notes);
  }

  private get mode(): Mode {
    const mode = this.getAttribute("mode");
    return mode === "pitch" || mode === "notes" ? mode : "review";
  }

  private get tempo(): number {
    return Number(this.getAttribute("tempo") ?? 0);
  }

  /** Seconds of a step of the grid that the form says; 0 where notes lie freely. */
  private get gridStep(): number {
    if (!this.element) return 0;
    const chosen = this.closest("form")?.querySelector<HTMLInputElement>("input[name=grid]:checked");
    return gridStep(chosen?.value ?? "none", this.tempo);
  }

  private build(): void {
    const notes = {
      remove: () => this.erase(),
      add: () => this.add(this.sounding?.time ?? 0, this.note?.pitch ?? 60),
    };
    this.tools = new EditorTools(
      {
        play: () => this.playOrStop(),
        undo: () => this.travel("undo"),
        redo: () => this.travel("redo"),
        ...(this.mode === "pitch" ? {} : notes),
        ...(this.mode === "review" ? { unsure: () => this.removeUnsure() } : {}),
        closer: () => this.picture.scale(1.5, this.note),
        wider: () => this.picture.scale(1 / 1.5, this.note),
      },
      this.mode === "notes" ? (velocity) => this.setStrength(velocity) : null,
      this.mode !== "notes",
    );
    const { field, lane } = this.picture;
    field.setAttribute("aria-label", say("edit_roll", { title: this.getAttribute("title") ?? "" }));
    field.addEventListener("keydown", this.onKey);
    field.addEventListener("pointerdown", this.onDown);
    field.addEventListener("dblclick", this.onDouble);
    this.replaceChildren(
      this.tools.bar,
      lane,
      this.status,
      h("p", { class: "small muted" }, say(this.mode === "pitch" ? "edit_keys_pitch" : "edit_keys")),
    );
  }

  private async load(draft: Draft): Promise<void> {
    try {
      this.told = this.element ? await this.element.load() : await draft.load();
    } catch {
      this.status.textContent = say("failed");
      return;
    }
    const heard = this.mode === "pitch" ? this.told.heard.notes : this.told.notes;
    this.history = new History(fromRows(heard));
    const kept = this.element?.kept();
    if (kept) this.history.push(kept);
    if (kept) this.announce();
    this.tell();
    this.picture.draw();
  }

  // ------------------------------------------------------------------------------------------------ changes
  private get note(): EditNote | null {
    return this.notes.find((note) => note.id === this.chosen) ?? null;
  }

  private push(notes: EditNote[]): void {
    this.history.push(notes);
    this.settle();
  }

  private travel(way: "undo" | "redo"): void {
    if (this.history[way]()) this.settle();
  }

  private settle(): void {
    this.tell();
    this.picture.draw();
    this.announce();
    if (this.mode === "review") this.draft?.change(this.notes);
    this.element?.keep(this.notes);
  }

  private announce(): void {
    this.dispatchEvent(
      new CustomEvent("notesedit", { detail: { notes: this.notes, edits: this.edits }, bubbles: true }),
    );
  }

  private setStrength(velocity: number): void {
    const note = this.note;
    if (!note) return;
    this.push(changed(this.notes, note.id, { velocity }));
    if (this.note) void this.sounding?.hear(this.note);
  }

  private readonly onSaving = (state: Saving, words: string): void => {
    const said = { saving: say("edit_saving"), saved: say("edit_saved"), failed: words || say("failed") };
    this.tools?.tellSaving(said[state]);
  };

  /** A form of the page keeps the notes as the server has them: it waits for the last change to arrive. */
  private readonly onSubmit = (event: SubmitEvent): void => {
    const form = event.target as HTMLFormElement;
    if (!this.draft?.isOpen || form.method !== "post") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    void this.draft.flush().then(() => form.requestSubmit(event.submitter));
  };

  private erase(): void {
    const note = this.note;
    if (!note || this.mode === "pitch") return;
    const next = stepFrom(this.notes, note.id, 1);
    this.chosen = next && next.id !== note.id ? next.id : null;
    this.push(without(this.notes, new Set([note.id])));
  }

  private removeUnsure(): void {
    const unsure = new Set(this.notes.filter((note) => note.confidence < 0.5).map((note) => note.id));
    if (unsure.size > 0) this.push(without(this.notes, unsure));
  }

  private add(second: number, pitch: number): void {
    if (this.mode === "pitch") return;
    const step = this.gridStep;
    const onset = step ? Math.floor(second / step) * step : second;
    const notes = withNew(this.notes, onset, pitch, step || undefined, this.note?.part ?? this.lastPart);
    this.chosen = notes.at(-1)?.id ?? null;
    this.push(notes);
  }

  private choose(note: EditNote | null): void {
    this.chosen = note?.id ?? null;
    if (note) {
      this.sounding?.seek(note.onset);
      void this.sounding?.hear(note);
      this.picture.reveal(note);
    }
    this.tell();
    this.picture.draw();
  }

  private tell(): void {
    const note = this.note;
    if (note) this.lastPart = note.part;
    if (this.element) {
      const count = countOf(this.element.editsTo(this.notes));
      this.tools?.showStrength(note?.velocity ?? null);
      this.tools?.tellSaving(count ? say("edit_changes", { count }) : say("edit_no_changes"));
    }
    this.tools?.able("undo", this.history.canUndo);
    this.tools?.able("redo", this.history.canRedo);
    this.tools?.able("remove", note !== null);
    const words = wordsOf(note, this.notes.length, this.mode !== "notes");
    if (this.status.textContent !== words) this.status.textContent = words;
  }

  // ------------------------------------------------------------------------------------------- keys and pointer
  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey) {
      if (event.key.toLowerCase() !== "z") return;
      this.travel(event.shiftKey ? "redo" : "undo");
    } else if (!this.onPlainKey(event)) return;
    event.preventDefault();
    event.stopPropagation();
  };

  private onPlainKey(event: KeyboardEvent): boolean {
    const walk = walkOf(event);
    if (event.key === " ") this.playOrStop();
    else if (event.key === "Delete" || event.key === "Backspace") this.erase();
    else if (event.key.toLowerCase() === "n" && this.mode !== "pitch")
      this.add(this.sounding?.time ?? 0, this.note?.pitch ?? 60);
    else if (event.key === "Escape") this.choose(null);
    else if (walk) this.choose(stepFrom(this.notes, this.chosen, walk));
    else return this.onChange(event);
    return true;
  }

  private onChange(event: KeyboardEvent): boolean {
    const note = this.note;
    const step = this.gridStep;
    const change = note && keyChange(note, event, this.mode, step || STEP_S);
    if (!note || !change) return false;
    this.push(changed(this.notes, note.id, snapped(change, note, step)));
    const moved = this.note;
    if (moved && ("pitch" in change || "cents" in change)) void this.sounding?.hear(moved);
    return true;
  }

  private readonly onDouble = (event: MouseEvent): void => {
    const { second, pitch } = this.picture.placeOf(event);
    if (!noteAt(this.notes, second, pitch)) this.add(second, Math.round(pitch));
  };

  private readonly onDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    this.picture.field.focus({ preventScroll: true });
    const from = this.picture.placeOf(event);
    const note = noteAt(this.notes, from.second, from.pitch);
    if (note) {
      this.choose(note);
      this.follow(note, from);
      event.preventDefault();
      return;
    }
    this.chosen = null;
    this.sounding?.seek(clamp(from.second, 0, this.seconds));
    this.tell();
    this.picture.draw();
  };

  /** The note goes with the pointer; letting go is one change to undo. */
  private follow(note: EditNote, from: Place): void {
    const start = this.history.now;
    const isLength = note.onset + note.duration - from.second < END_PX / this.picture.view.perSecond;
    let moved: EditNote[] | null = null;
    const onMove = (event: PointerEvent): void => {
      const to = this.picture.placeOf(event);
      const by = {
        seconds: to.second - from.second,
        semitones: to.pitch - from.pitch,
        isLength,
        isFine: event.altKey,
      };
      const step = this.gridStep;
      moved = changed(start, note.id, snapped(dragChange(note, by, this.mode), note, step));
      this.history.now = moved;
      this.tell();
      this.picture.draw();
    };
    drag(onMove, () => {
      if (!moved) return;
      this.history.now = start;
      this.push(moved);
    });
  }

  // ------------------------------------------------------------------------------------------- sound
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

  private get seconds(): number {
    return Math.max(this.told?.heard.seconds ?? 1, 0.1);
  }
}
