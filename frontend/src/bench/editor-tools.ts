/** The buttons and switches over an editable roll. */
import { h } from "../shared/dom";
import { type EditNote, nameOf } from "./editing";
import { say } from "./words";

export type Tool = "play" | "undo" | "redo" | "remove" | "add" | "unsure" | "closer" | "wider";

export class EditorTools {
  readonly bar = h("div", { class: "cluster editor__tools" });
  private readonly saved = h("span", { class: "muted small editor__saved", role: "status" });
  private readonly withNotes = h("input", { type: "checkbox", checked: true });
  private readonly withTake = h("input", { type: "checkbox", checked: true });
  private readonly buttons = new Map<Tool, HTMLButtonElement>();

  private readonly strength = h("input", { type: "range", min: "1", max: "127", step: "1", disabled: true });

  /** One button for each entry, in this order; a slider of the chosen note's strength where somebody hears of it. */
  constructor(
    acts: Partial<Record<Tool, () => void>>,
    private readonly louder: ((velocity: number) => void) | null = null,
    hasTake = true,
  ) {
    for (const [name, act] of Object.entries(acts) as [Tool, () => void][]) {
      const button = h("button", { type: "button", class: "button button--small" }, say(`edit_${name}`));
      button.addEventListener("click", act);
      this.buttons.set(name, button);
    }
    const check = (box: HTMLInputElement, words: string): HTMLElement =>
      h("label", { class: "check" }, box, h("span", {}, words));
    this.bar.append(...this.buttons.values());
    if (hasTake) {
      this.bar.append(
        check(this.withNotes, say("edit_with_notes")),
        check(this.withTake, say("edit_with_take")),
      );
    }
    if (this.louder) {
      this.strength.addEventListener("change", () => this.louder?.(Number(this.strength.value)));
      this.bar.append(h("label", { class: "check" }, h("span", {}, say("edit_strength")), this.strength));
    }
    this.bar.append(this.saved);
  }

  /** The chosen note's strength; null where none is chosen. */
  showStrength(velocity: number | null): void {
    this.strength.disabled = velocity === null;
    if (velocity !== null) this.strength.value = String(velocity);
  }

  /** What is to be heard. */
  get heard(): { notes: boolean; take: boolean } {
    return { notes: this.withNotes.checked, take: this.withTake.checked };
  }

  able(name: Tool, is: boolean): void {
    this.buttons.get(name)?.toggleAttribute("disabled", !is);
  }

  showPlaying(is: boolean): void {
    const button = this.buttons.get("play");
    const words = say(is ? "edit_stop" : "edit_play");
    if (button && button.textContent !== words) button.textContent = words;
  }

  tellSaving(words: string): void {
    this.saved.textContent = words;
  }
}

/** The chosen note in words, or how many there are. */
export function wordsOf(note: EditNote | null, count: number, isHeard = true): string {
  if (!note) return say("edit_count", { count });
  return say(isHeard ? "edit_note" : "edit_note_plain", {
    name: nameOf(note.pitch, note.cents),
    onset: note.onset.toFixed(2),
    duration: note.duration.toFixed(2),
    velocity: note.velocity,
    sure: Math.round(note.confidence * 100),
  });
}
