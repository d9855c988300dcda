import { clamp, csrfToken, h } from "../shared/dom";
import {
  changed,
  type EditNote,
  editsOf,
  fromRows,
  History,
  nameOf,
  noteAt,
  type Row,
  stepFrom,
  toRows,
  withNew,
  without,
} from "./editing";
import { drawRoll, type View } from "./roll-drawing";
import { Sounding } from "./sounding";
import { say } from "./words";

interface Told {
  revision: number;
  notes: Row[];
  heard: { seconds: number; beats_s: number[]; chords: [number, number, string][]; notes: Row[] };
}

const SAVE_MS = 500;
const FRAME_PX = 60;

/**
 * `<ll-editor src="/api/drafts/..." mode="review|pitch" audio="address of the take">`: notes in a piano roll, moved by
 * mouse and keyboard. In `review` every change is saved to `src`; in `pitch` the notes stay and their `edits` say how far
 * the take is to follow. Fires `notesedit` (detail: {notes, edits}).
 */
export class LLEditor extends HTMLElement {
  private readonly canvas = h("canvas", { "aria-hidden": "true" });
  private readonly field = h(
    "div",
    { class: "editor__field", tabindex: 0, role: "application" },
    this.canvas,
  );
  private readonly lane = h("div", { class: "editor__scroll" }, this.field);
  private readonly status = h("p", { class: "editor__status figure", role: "status" });
  private readonly saved = h("span", { class: "muted small editor__saved" });
  private readonly tools = h("div", { class: "cluster editor__tools" });
  private readonly withNotes = h("input", { type: "checkbox", checked: true });
  private readonly withTake = h("input", { type: "checkbox", checked: true });
  private readonly buttons: Record<string, HTMLButtonElement> = {};
  private readonly watch = new ResizeObserver(() => this.draw());
  private history = new History<EditNote[]>([]);
  private told: Told | null = null;
  private chosen: number | null = null;
  private sounding: Sounding | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private saving = false;
  private zoom = 1;

  connectedCallback(): void {
    this.build();
    this.sounding = new Sounding(this.getAttribute("audio") ?? "");
    this.watch.observe(this.lane);
    document.addEventListener("themechange", this.draw);
    void this.load();
  }

  disconnectedCallback(): void {
    this.watch.disconnect();
    document.removeEventListener("themechange", this.draw);
    this.sounding?.close();
  }

  get notes(): readonly EditNote[] {
    return this.history.now;
  }

  get edits(): [number, number, number, number, number][] {
    return editsOf(this.notes);
  }

  private get isPitch(): boolean {
    return this.getAttribute("mode") === "pitch";
  }

  private build(): void {
    const button = (
      name: "play" | "undo" | "redo" | "remove" | "add" | "unsure" | "closer" | "wider",
      act: () => void,
    ): void => {
      const made = h("button", { type: "button", class: "button button--small" }, say(`edit_${name}`));
      made.addEventListener("click", act);
      this.buttons[name] = made;
      this.tools.append(made);
    };
    this.tools.replaceChildren();
    button("play", () => this.playOrStop());
    button("undo", () => this.travel("undo"));
    button("redo", () => this.travel("redo"));
    if (!this.isPitch) {
      button("remove", () => this.erase());
      button("add", () => this.add(this.sounding?.time ?? 0, this.note?.pitch ?? 60));
      button("unsure", () => this.removeUnsure());
    }
    button("closer", () => this.scale(1.5));
    button("wider", () => this.scale(1 / 1.5));
    const check = (box: HTMLInputElement, words: string): HTMLElement =>
      h("label", { class: "check" }, box, h("span", {}, words));
    this.tools.append(
      check(this.withNotes, say("edit_with_notes")),
      check(this.withTake, say("edit_with_take")),
      this.saved,
    );
    this.field.setAttribute("aria-label", say("edit_roll", { title: this.getAttribute("title") ?? "" }));
    this.field.addEventListener("keydown", this.onKey);
    this.field.addEventListener("pointerdown", this.onDown);
    this.field.addEventListener("dblclick", this.onDouble);
    this.replaceChildren(
      this.tools,
      this.lane,
      this.status,
      h("p", { class: "small muted" }, say(this.isPitch ? "edit_keys_pitch" : "edit_keys")),
    );
  }

  private async load(): Promise<void> {
    try {
      const answer = await fetch(this.getAttribute("src") ?? "", { headers: { accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      this.told = (await answer.json()) as Told;
    } catch {
      this.status.textContent = say("failed");
      return;
    }
    this.history = new History(fromRows(this.isPitch ? this.told.heard.notes : this.told.notes));
    this.tell();
    this.draw();
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
    this.draw();
    this.dispatchEvent(
      new CustomEvent("notesedit", { detail: { notes: this.notes, edits: this.edits }, bubbles: true }),
    );
    if (this.isPitch) return;
    clearTimeout(this.timer);
    this.saved.textContent = say("edit_saving");
    this.timer = setTimeout(() => void this.save(), SAVE_MS);
  }

  private async save(): Promise<void> {
    if (!this.told) return;
    if (this.saving) {
      this.timer = setTimeout(() => void this.save(), SAVE_MS);
      return;
    }
    this.saving = true;
    try {
      const answer = await fetch(this.getAttribute("src") ?? "", {
        method: "PUT",
        headers: { "content-type": "application/json", "X-CSRFToken": csrfToken() },
        body: JSON.stringify({ revision: this.told.revision, notes: toRows(this.notes) }),
      });
      const body = (await answer.json()) as { revision?: number; message?: string };
      if (!answer.ok) throw new Error(body.message);
      this.told.revision = body.revision ?? this.told.revision;
      this.saved.textContent = say("edit_saved");
    } catch (error) {
      this.saved.textContent = (error instanceof Error && error.message) || say("failed");
    } finally {
      this.saving = false;
    }
  }

  private erase(): void {
    const note = this.note;
    if (!note || this.isPitch) return;
    const next = stepFrom(this.notes, note.id, 1);
    this.chosen = next && next.id !== note.id ? next.id : null;
    this.push(without(this.notes, new Set([note.id])));
  }

  private removeUnsure(): void {
    const unsure = new Set(this.notes.filter((note) => note.confidence < 0.5).map((note) => note.id));
    if (unsure.size > 0) this.push(without(this.notes, unsure));
  }

  private add(second: number, pitch: number): void {
    if (this.isPitch) return;
    const notes = withNew(this.notes, second, pitch);
    this.chosen = notes.at(-1)?.id ?? null;
    this.push(notes);
  }

  private choose(note: EditNote | null): void {
    this.chosen = note?.id ?? null;
    if (note) {
      this.sounding?.seek(note.onset);
      void this.sounding?.hear(note);
      this.reveal(note);
    }
    this.tell();
    this.draw();
  }

  private tell(): void {
    const note = this.note;
    this.buttons.undo?.toggleAttribute("disabled", !this.history.canUndo);
    this.buttons.redo?.toggleAttribute("disabled", !this.history.canRedo);
    this.buttons.remove?.toggleAttribute("disabled", !note);
    const words = note
      ? say("edit_note", {
          name: nameOf(note.pitch, note.cents),
          onset: note.onset.toFixed(2),
          duration: note.duration.toFixed(2),
          velocity: note.velocity,
          sure: Math.round(note.confidence * 100),
        })
      : say("edit_count", { count: this.notes.length });
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
    if (event.key === " ") this.playOrStop();
    else if (event.key === "Delete" || event.key === "Backspace") this.erase();
    else if (event.key.toLowerCase() === "n" && !this.isPitch)
      this.add(this.sounding?.time ?? 0, this.note?.pitch ?? 60);
    else if (event.key === "Escape") this.choose(null);
    else return this.onArrow(event);
    return true;
  }

  private onArrow(event: KeyboardEvent): boolean {
    const across = { ArrowRight: 1, ArrowLeft: -1 }[event.key] as 1 | -1 | undefined;
    const up = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    const note = this.note;
    if (across && !event.shiftKey && !event.altKey) this.choose(stepFrom(this.notes, this.chosen, across));
    else if (!note) return false;
    else if (across && !this.isPitch) {
      const by = across * 0.02;
      this.push(
        changed(
          this.notes,
          note.id,
          event.altKey ? { duration: note.duration + by } : { onset: note.onset + by },
        ),
      );
    } else if (up) this.raise(note, up, event);
    else if (/^[+-]$/.test(event.key))
      this.push(changed(this.notes, note.id, { velocity: note.velocity + (event.key === "+" ? 4 : -4) }));
    else return false;
    return true;
  }

  private raise(note: EditNote, up: number, event: KeyboardEvent): void {
    if (this.isPitch)
      this.push(
        changed(this.notes, note.id, {
          cents: note.cents + up * (event.altKey ? 10 : event.shiftKey ? 1200 : 100),
        }),
      );
    else this.push(changed(this.notes, note.id, { pitch: note.pitch + up * (event.shiftKey ? 12 : 1) }));
    const moved = this.note;
    if (moved) void this.sounding?.hear(moved);
  }

  private readonly onDouble = (event: MouseEvent): void => {
    const { second, pitch } = this.placeOf(event);
    if (!noteAt(this.notes, second, pitch)) this.add(second, Math.round(pitch));
  };

  private readonly onDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    this.field.focus({ preventScroll: true });
    const from = this.placeOf(event);
    const note = noteAt(this.notes, from.second, from.pitch);
    if (!note) {
      this.chosen = null;
      this.sounding?.seek(clamp(from.second, 0, this.seconds));
      this.tell();
      this.draw();
      return;
    }
    this.choose(note);
    const start = this.history.now;
    const isLength = !this.isPitch && note.onset + note.duration - from.second < 8 / this.view().perSecond;
    let moved: EditNote[] | null = null;
    const onMove = (next: PointerEvent): void => {
      const to = this.placeOf(next);
      moved = changed(
        start,
        note.id,
        this.dragged(note, to.second - from.second, to.pitch - from.pitch, isLength, next.altKey),
      );
      this.history.now = moved;
      this.tell();
      this.draw();
    };
    const onUp = (): void => {
      window.removeEventListener("pointermove", onMove);
      window.removeEventListener("pointerup", onUp);
      window.removeEventListener("pointercancel", onUp);
      if (!moved) return;
      this.history.now = start;
      this.push(moved);
    };
    window.addEventListener("pointermove", onMove);
    window.addEventListener("pointerup", onUp);
    window.addEventListener("pointercancel", onUp);
    event.preventDefault();
  };

  private dragged(
    note: EditNote,
    seconds: number,
    semitones: number,
    isLength: boolean,
    fine: boolean,
  ): Partial<EditNote> {
    if (this.isPitch)
      return { cents: note.cents + (fine ? Math.round(semitones * 10) * 10 : Math.round(semitones) * 100) };
    if (isLength) return { duration: note.duration + seconds };
    return { onset: note.onset + seconds, pitch: note.pitch + Math.round(semitones) };
  }

  private placeOf(event: MouseEvent): { second: number; pitch: number } {
    const box = this.field.getBoundingClientRect();
    const view = this.view();
    return {
      second: (event.clientX - box.left) / view.perSecond,
      pitch: view.high + 0.5 - (event.clientY - box.top) / view.tall,
    };
  }

  // ------------------------------------------------------------------------------------------- sound and picture
  private playOrStop(): void {
    const { sounding } = this;
    if (!sounding) return;
    if (sounding.isPlaying) sounding.stop();
    else {
      const from = sounding.time >= this.seconds - 0.05 ? 0 : sounding.time;
      void sounding
        .play(this.notes, from, { notes: this.withNotes.checked, take: this.withTake.checked })
        .then(() => this.tick());
    }
    if (this.buttons.play)
      this.buttons.play.textContent = say(sounding.isPlaying ? "edit_stop" : "edit_play");
  }

  private tick(): void {
    const { sounding } = this;
    if (!sounding) return;
    if (sounding.isPlaying && sounding.time > this.seconds) sounding.stop();
    if (this.buttons.play)
      this.buttons.play.textContent = say(sounding.isPlaying ? "edit_stop" : "edit_play");
    this.draw();
    if (sounding.isPlaying) requestAnimationFrame(() => this.tick());
  }

  private get seconds(): number {
    return Math.max(this.told?.heard.seconds ?? 1, 0.1);
  }

  private scale(by: number): void {
    this.zoom = clamp(this.zoom * by, 1, 40);
    this.draw();
    if (this.note) this.reveal(this.note);
  }

  private reveal(note: EditNote): void {
    const { perSecond } = this.view();
    const left = note.onset * perSecond;
    const { scrollLeft, clientWidth } = this.lane;
    if (left < scrollLeft + FRAME_PX || left > scrollLeft + clientWidth - FRAME_PX)
      this.lane.scrollLeft = left - clientWidth / 3;
  }

  private view(): View {
    const wide = Math.min(Math.max(this.lane.clientWidth, 10) * this.zoom, 12_000);
    const pitches = this.notes.map((note) => note.pitch + Math.round(note.cents / 100));
    const low = Math.min(...pitches, 60) - 3;
    const high = Math.max(...pitches, 64) + 3;
    const height = Math.max(this.field.clientHeight, 10);
    return { wide, height, perSecond: wide / this.seconds, low, high, tall: height / (high - low + 1) };
  }

  private readonly draw = (): void => {
    const view = this.view();
    this.field.style.setProperty("width", `${view.wide}px`);
    const pen = this.canvas.getContext("2d");
    if (!pen || view.height < 12) return;
    const density = Math.min(window.devicePixelRatio || 1, 16_000 / view.wide, 2);
    this.canvas.width = Math.round(view.wide * density);
    this.canvas.height = Math.round(view.height * density);
    pen.scale(density, density);
    const colour = (token: string): string => getComputedStyle(this).getPropertyValue(token).trim() || "gray";
    drawRoll(pen, view, colour, {
      notes: this.notes,
      chosen: this.chosen,
      beats: this.told?.heard.beats_s ?? [],
      chords: this.told?.heard.chords ?? [],
      now: this.sounding?.time ?? 0,
      ghosts: this.isPitch,
    });
  };
}
