import { h } from "./dom";
import { t } from "./words";

const NAMES = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"] as const;
const LOWEST = 60;
const KEYS = 13;
/** Places on a keyboard that lie as the keys of a piano do, from C on, whatever letters are printed on them. */
const CODES = "KeyA KeyW KeyS KeyE KeyD KeyF KeyT KeyG KeyY KeyH KeyU KeyJ KeyK".split(" ");
const LOUDNESS = 0.2;
const SECONDS = 0.5;

/** 60 -> "C4", as the search reads it. */
export function noteName(pitch: number): string {
  return `${NAMES[pitch % 12] ?? "C"}${Math.floor(pitch / 12) - 1}`;
}

/** `text` with one more note; a contour or other words that stood there give way to notes. */
export function withNote(text: string, pitch: number): string {
  const words = text.split(/\s+/).filter(Boolean);
  const notes = words.every((word) => /^[A-Ga-g][#b]?-?\d?$/.test(word)) ? words : [];
  return [...notes, noteName(pitch)].join(" ");
}

/** `text` without its last word. */
export function withoutLast(text: string): string {
  return text.trim().split(/\s+/).slice(0, -1).join(" ");
}

/**
 * `<ll-piano for="tune">`: an octave of keys that sound and write their notes into a field. While one has the focus,
 * the rows A to K and W to U of a keyboard play too, and Backspace takes the last note back.
 */
export class LLPiano extends HTMLElement {
  private context: AudioContext | null = null;

  connectedCallback(): void {
    const keys = Array.from({ length: KEYS }, (_, place) => {
      const name = noteName(LOWEST + place);
      const black = name.length > 2;
      return h(
        "button",
        { type: "button", class: black ? "piano__black" : "piano__white", "data-pitch": LOWEST + place },
        name.slice(0, -1),
      );
    });
    this.replaceChildren(
      h("div", { class: "piano", role: "group", "aria-label": t("piano") }, ...keys),
      h("p", { class: "small muted" }, t("piano_keys")),
    );
    this.addEventListener("click", this.onClick);
    this.addEventListener("keydown", this.onKey);
  }

  disconnectedCallback(): void {
    this.removeEventListener("click", this.onClick);
    this.removeEventListener("keydown", this.onKey);
    void this.context?.close();
    this.context = null;
  }

  private get field(): HTMLInputElement | null {
    const field = document.getElementById(this.getAttribute("for") ?? "");
    return field instanceof HTMLInputElement ? field : null;
  }

  private readonly onClick = (event: Event): void => {
    const key = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-pitch]") : null;
    if (key) this.play(Number(key.dataset.pitch));
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const place = CODES.indexOf(event.code);
    const { field } = this;
    if (place >= 0) this.play(LOWEST + place);
    else if (event.code === "Backspace" && field) field.value = withoutLast(field.value);
    else return;
    // The site's own shortcuts are letters too.
    event.preventDefault();
    event.stopPropagation();
  };

  private play(pitch: number): void {
    const { field } = this;
    if (field) field.value = withNote(field.value, pitch);
    this.context ??= new AudioContext();
    const { context } = this;
    void context.resume();
    const now = context.currentTime;
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.linearRampToValueAtTime(LOUDNESS, now + 0.01);
    gain.gain.exponentialRampToValueAtTime(0.001, now + SECONDS);
    const tone = new OscillatorNode(context, { type: "triangle", frequency: 440 * 2 ** ((pitch - 69) / 12) });
    tone.connect(gain).connect(context.destination);
    tone.start(now);
    tone.stop(now + SECONDS);
  }
}
