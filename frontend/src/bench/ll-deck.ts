import { clamp, clock, h, isTyping } from "../shared/dom";
import { player } from "../shared/player/player";
import { factorOf, type Heard, heardOf, keptOf, placeAt } from "./deck";
import { say } from "./words";

const DECODED_MAX = 4;
const FADE_S = 0.012;

/**
 * `<ll-deck>`: hears the rows of a page, `[data-deck-row]`, against each other. `[data-hear]` buttons switch between what
 * was given and what became of it, within a row or from row to row, and the place in the music never jumps. All parts are
 * equally loud unless told otherwise. Sounds are fetched when they are first asked for.
 */
export class LLDeck extends HTMLElement {
  private readonly toggle = h("button", { type: "button", class: "button button--main", disabled: true });
  private readonly seek = h("input", {
    type: "range",
    min: 0,
    max: 1000,
    value: "0",
    step: 1,
    disabled: true,
  });
  private readonly equal = h("input", { type: "checkbox", checked: true });
  private readonly time = h("span", { class: "figure muted" });
  private readonly status = h("p", { class: "small muted deck__status", role: "status" });
  private context: AudioContext | null = null;
  private readonly buffers = new Map<string, Promise<AudioBuffer>>();
  private order: string[] = [];
  private now: { heard: Heard; row: HTMLElement; part: string; buffer: AudioBuffer } | null = null;
  private source: AudioBufferSourceNode | null = null;
  private gain: GainNode | null = null;
  private begun = 0;
  private offset = 0;
  private asked = 0;
  private frame = 0;

  connectedCallback(): void {
    document.addEventListener("click", this.onClick);
    document.addEventListener("keydown", this.onKey);
    player.addEventListener("change", this.onOther);
    if (this.contains(this.toggle)) return;
    this.toggle.textContent = say("play");
    this.seek.setAttribute("aria-label", say("deck_seek"));
    this.toggle.addEventListener("click", () => (this.source ? this.pause() : this.resume()));
    this.seek.addEventListener("input", () => this.goTo(Number(this.seek.value) / 1000));
    this.equal.addEventListener("change", () => this.balance());
    this.replaceChildren(
      h(
        "div",
        { class: "deck", role: "group", "aria-label": say("deck") },
        this.toggle,
        this.seek,
        this.time,
        h("label", { class: "check" }, this.equal, h("span", {}, say("equal"))),
        this.status,
      ),
    );
    this.status.textContent = say("deck_hint");
    this.showTime();
  }

  disconnectedCallback(): void {
    this.pause();
    document.removeEventListener("click", this.onClick);
    document.removeEventListener("keydown", this.onKey);
    player.removeEventListener("change", this.onOther);
    void this.context?.close();
    this.context = null;
    this.buffers.clear();
    this.now = null;
  }

  /** Where in the music it stands, seconds. */
  get place(): number {
    if (!this.source || !this.context) return this.offset;
    return placeAt(this.context.currentTime, this.begun, this.offset, this.now?.buffer.duration ?? 0);
  }

  private readonly onClick = (event: Event): void => {
    const target = event.target instanceof Element ? event.target : null;
    const button = target?.closest<HTMLElement>("[data-hear]");
    const row = target?.closest<HTMLElement>("[data-deck-row]");
    if (!row) return;
    if (button) void this.hear(row, button.dataset.hear ?? "after");
    else if (target?.closest("[data-deck-seek]")) this.onPicture(row, event as MouseEvent);
  };

  /** Key X: the other part of the row that is heard. */
  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const row = this.now?.row.isConnected
      ? this.now.row
      : document.querySelector<HTMLElement>("[data-deck-row]");
    if (!row) return;
    event.preventDefault();
    void this.hear(row, this.now?.part === "after" ? "before" : "after", true);
  };

  private onPicture(row: HTMLElement, event: MouseEvent): void {
    const picture = row.querySelector("[data-deck-seek] ll-waveform")?.getBoundingClientRect();
    if (!picture || picture.width === 0) return;
    const fraction = clamp((event.clientX - picture.left) / picture.width, 0, 1);
    if (this.now && this.rowNow() === row) this.goTo(fraction);
    else {
      this.offset = fraction * (Number(row.dataset.seconds) || 0);
      void this.hear(row, "after");
    }
  }

  /** Hear a part; once more while it sounds pauses, unless `only` switching is meant. */
  private async hear(row: HTMLElement, part: string, only = false): Promise<void> {
    const heard = heardOf(row, part);
    if (!heard) return;
    if (!only && this.source && this.now?.heard.src === heard.src) {
      this.pause();
      return;
    }
    this.asked += 1;
    const mine = this.asked;
    this.context ??= new AudioContext();
    void this.context.resume();
    this.status.textContent = say("deck_loading", { name: heard.name });
    try {
      const buffer = await this.decoded(heard.src);
      if (mine !== this.asked || !this.context) return;
      this.start({ heard, row, part, buffer });
    } catch {
      if (mine === this.asked) this.status.textContent = say("failed");
    }
  }

  private decoded(src: string): Promise<AudioBuffer> {
    this.order = keptOf(this.order, src, DECODED_MAX);
    for (const known of [...this.buffers.keys()]) if (!this.order.includes(known)) this.buffers.delete(known);
    const had = this.buffers.get(src);
    if (had) return had;
    const made = this.fetched(src);
    this.buffers.set(src, made);
    made.catch(() => this.buffers.delete(src));
    return made;
  }

  private async fetched(src: string): Promise<AudioBuffer> {
    const answer = await fetch(src);
    const { context } = this;
    if (!answer.ok || !context) throw new Error(`${src} answered ${answer.status}`);
    return context.decodeAudioData(await answer.arrayBuffer());
  }

  // ------------------------------------------------------------------------------------------------------ playing
  private start(next: NonNullable<typeof this.now>): void {
    const { context } = this;
    if (!context) return;
    if (player.playing) player.playOrPause();
    const place = this.place % Math.max(next.buffer.duration, 0.001);
    this.release();
    this.now = next;
    this.source = new AudioBufferSourceNode(context, { buffer: next.buffer, loop: true });
    this.gain = new GainNode(context, { gain: 0 });
    this.source.connect(this.gain).connect(context.destination);
    this.begun = context.currentTime;
    this.offset = place;
    this.source.start(this.begun, place);
    this.balance();
    this.toggle.disabled = this.seek.disabled = false;
    this.mark();
    this.tick();
  }

  /** Let what sounds fade out; a cut would click. */
  private release(): void {
    const { source, gain, context } = this;
    if (!source || !gain || !context) return;
    gain.gain.setTargetAtTime(0, context.currentTime, FADE_S / 3);
    source.stop(context.currentTime + 2 * FADE_S);
    this.source = this.gain = null;
  }

  private pause(): void {
    this.offset = this.place;
    this.release();
    cancelAnimationFrame(this.frame);
    this.mark();
  }

  private resume(): void {
    if (!this.now) return;
    void this.context?.resume();
    this.start(this.now);
  }

  private goTo(fraction: number): void {
    if (!this.now) return;
    const sounded = this.source !== null;
    this.pause();
    this.offset = clamp(fraction, 0, 0.9999) * this.now.buffer.duration;
    if (sounded) this.start(this.now);
    else this.showTime();
  }

  private balance(): void {
    const level = this.equal.checked && this.now ? factorOf(this.now.heard.gain_db) : 1;
    this.gain?.gain.setTargetAtTime(level, this.context?.currentTime ?? 0, FADE_S / 3);
  }

  private readonly onOther = (): void => {
    if (player.playing && this.source) this.pause();
  };

  // ------------------------------------------------------------------------------------------------------ showing
  /** The row that is heard; a newer card may have taken its place meanwhile. */
  private rowNow(): HTMLElement | null {
    if (!this.now) return null;
    if (this.now.row.isConnected) return this.now.row;
    const rows = document.querySelectorAll<HTMLElement>("[data-deck-row]");
    const found = [...rows].find((row) => row.dataset.after === this.now?.row.dataset.after);
    if (found) {
      this.now.row = found;
      queueMicrotask(() => this.mark());
    }
    return found ?? null;
  }

  private mark(): void {
    const row = this.rowNow();
    for (const button of document.querySelectorAll<HTMLElement>("[data-hear]")) {
      const isMine = button.closest("[data-deck-row]") === row && button.dataset.hear === this.now?.part;
      button.setAttribute("aria-pressed", String(isMine && this.source !== null));
    }
    this.toggle.textContent = say(this.source ? "pause" : "play");
    if (this.now) {
      const part = say(this.now.part === "before" ? "before" : "after");
      this.status.textContent = say("deck_now", { name: this.now.heard.name, part });
    }
    this.showTime();
  }

  private tick(): void {
    if (!this.source) return;
    this.showTime();
    this.frame = requestAnimationFrame(() => this.tick());
  }

  private showTime(): void {
    const whole = this.now?.buffer.duration ?? 0;
    const { place } = this;
    const words = `${clock(place)} / ${clock(whole)}`;
    if (this.time.textContent !== words) {
      this.time.textContent = words;
      this.seek.setAttribute("aria-valuetext", words);
    }
    const fraction = whole > 0 ? place / whole : 0;
    if (document.activeElement !== this.seek || this.source)
      this.seek.value = String(Math.round(fraction * 1000));
    const row = this.rowNow();
    for (const head of document.querySelectorAll<HTMLElement>(".deck__head")) {
      head.hidden = head.closest("[data-deck-row]") !== row || whole === 0;
      head.style.setProperty("inset-inline-start", `${fraction * 100}%`);
    }
  }
}
