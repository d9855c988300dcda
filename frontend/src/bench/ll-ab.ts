import { clock, h } from "../shared/dom";
import { player } from "../shared/player/player";
import { type Audition, equalGains, type Part } from "./loudness";
import { nameOfPart } from "./part-names";
import { say } from "./words";

const PARTS: Part[] = ["before", "after", "residual"];

/** What `abstart` tells: the nodes that play, before their gains. */
export interface Playing {
  context: AudioContext;
  sources: Partial<Record<Part, AudioBufferSourceNode>>;
}

/**
 * `<ll-ab>`: the sounds of an audition against each other, in step: switching never loses the place.
 *
 * All run at once from one clock; a switch only turns the gains. Fires `abstart` (detail: Playing), `abtime` (detail: 0..1)
 * while it plays, and `abstop`.
 */
export class LLAb extends HTMLElement {
  private readonly toggle = h(
    "button",
    { type: "button", class: "button button--main ab__play" },
    say("play"),
  );
  private readonly parts = h("fieldset", { class: "chips ab__parts" });
  private readonly equal = h("input", { type: "checkbox", checked: true });
  private readonly again = h("input", { type: "checkbox", checked: true });
  private readonly time = h("span", { class: "figure muted ab__time" });
  private context: AudioContext | null = null;
  private buffers: Partial<Record<Part, AudioBuffer>> = {};
  private gains: Partial<Record<Part, GainNode>> = {};
  private sources: AudioBufferSourceNode[] = [];
  private audition: Audition | null = null;
  private chosen: Part = "after";
  private begun = 0;
  private frame = 0;

  connectedCallback(): void {
    player.addEventListener("change", this.onOther);
    if (this.contains(this.toggle)) return;
    const check = (box: HTMLInputElement, words: string): HTMLElement =>
      h("label", { class: "check" }, box, h("span", {}, words));
    this.replaceChildren(
      h("div", { class: "cluster ab" }, this.toggle, this.parts, this.time),
      h("div", { class: "cluster" }, check(this.equal, say("equal")), check(this.again, say("loop"))),
      h("p", { class: "small muted" }, say("keys")),
    );
    this.toggle.addEventListener("click", () => void (this.isPlaying ? this.stop() : this.play()));
    this.equal.addEventListener("change", () => this.balance());
    this.again.addEventListener("change", () => {
      for (const source of this.sources) source.loop = this.again.checked;
    });
    this.addEventListener("keydown", this.onKey);
    this.showTime(0);
  }

  disconnectedCallback(): void {
    this.stop();
    player.removeEventListener("change", this.onOther);
    void this.context?.close();
    this.context = null;
  }

  get isPlaying(): boolean {
    return this.sources.length > 0;
  }

  /** Take another audition; what sounds goes on with the new sounds. */
  async show(audition: Audition): Promise<void> {
    const sounded = this.isPlaying;
    this.stop();
    this.context ??= new AudioContext();
    const context = this.context;
    const found = await Promise.all(
      PARTS.map(async (part) => {
        const address = audition.files[part];
        if (!address) return null;
        const answer = await fetch(address);
        if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
        return [part, await context.decodeAudioData(await answer.arrayBuffer())] as const;
      }),
    );
    this.audition = audition;
    this.buffers = Object.fromEntries(found.filter((one) => one !== null));
    if (!this.buffers[this.chosen]) this.chosen = "after";
    this.showParts();
    if (sounded) await this.play();
  }

  async play(): Promise<void> {
    const { context } = this;
    if (!context || !this.buffers.after) return;
    if (player.playing) player.playOrPause();
    await context.resume();
    this.stop();
    const sources: Playing["sources"] = {};
    for (const part of PARTS) {
      const buffer = this.buffers[part];
      if (!buffer) continue;
      const source = new AudioBufferSourceNode(context, { buffer, loop: this.again.checked });
      const gain = new GainNode(context, { gain: 0 });
      source.connect(gain).connect(context.destination);
      this.gains[part] = gain;
      this.sources.push(source);
      sources[part] = source;
      source.addEventListener("ended", () => {
        if (!source.loop && this.sources.includes(source)) this.stop();
      });
    }
    this.begun = context.currentTime + 0.05;
    for (const source of this.sources) source.start(this.begun);
    this.balance();
    this.toggle.textContent = say("pause");
    this.dispatchEvent(new CustomEvent("abstart", { detail: { context, sources }, bubbles: true }));
    this.tick();
  }

  stop(): void {
    if (this.isPlaying) this.dispatchEvent(new CustomEvent("abstop", { bubbles: true }));
    for (const source of this.sources.splice(0)) source.stop();
    this.gains = {};
    cancelAnimationFrame(this.frame);
    this.toggle.textContent = say("play");
  }

  private choose(part: Part): void {
    if (!this.buffers[part]) return;
    this.chosen = part;
    for (const radio of this.parts.querySelectorAll("input")) radio.checked = radio.value === part;
    this.balance();
  }

  /** A short ramp: a switch must not click. */
  private balance(): void {
    const figures = this.audition?.figures;
    const equal = this.equal.checked
      ? equalGains(figures?.before?.lufs ?? null, figures?.after?.lufs ?? null)
      : { before: 1, after: 1 };
    const levels: Record<Part, number> = { ...equal, residual: 1 };
    for (const part of PARTS) {
      this.gains[part]?.gain.setTargetAtTime(
        part === this.chosen ? levels[part] : 0,
        this.context?.currentTime ?? 0,
        0.008,
      );
    }
    this.setAttribute("part-heard", this.chosen);
  }

  private showParts(): void {
    const there = PARTS.filter((part) => this.buffers[part]);
    this.parts.replaceChildren(
      h("legend", { class: "visually-hidden" }, say("listen_to")),
      ...there.map((part) => {
        const radio = h("input", {
          type: "radio",
          name: "ab-part",
          value: part,
          checked: part === this.chosen,
        });
        radio.addEventListener("change", () => this.choose(part));
        return h("label", { class: "chip" }, radio, nameOfPart(part, this));
      }),
    );
    this.equal.closest("label")?.toggleAttribute("hidden", there.length < 2);
    this.setAttribute("part-heard", this.chosen);
    this.showTime(0);
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const wanted = PARTS[Number(event.key) - 1];
    if (wanted) this.choose(wanted);
    else if (event.key === " " && !(event.target as Element).matches("button, input[type=checkbox]")) {
      if (this.isPlaying) this.stop();
      else void this.play();
    } else return;
    event.preventDefault();
  };

  private readonly onOther = (): void => {
    if (player.playing && this.isPlaying) this.stop();
  };

  private tick(): void {
    if (!this.isPlaying || !this.context) return;
    const whole = this.buffers.after?.duration ?? 1;
    const now = Math.max(this.context.currentTime - this.begun, 0) % whole;
    this.showTime(now);
    this.dispatchEvent(new CustomEvent("abtime", { detail: now / whole, bubbles: true }));
    this.frame = requestAnimationFrame(() => this.tick());
  }

  private showTime(now: number): void {
    const words = `${clock(now)} / ${clock(this.buffers.after?.duration ?? 0)}`;
    if (this.time.textContent !== words) this.time.textContent = words;
  }
}
