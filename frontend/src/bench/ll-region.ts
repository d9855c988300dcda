import { h } from "../shared/dom";
import { fitPeaks, type Peaks, parsePeaks } from "../shared/peaks";
import { between, keyStep, rounded, type Stretch, withEdge } from "./regions";
import { say } from "./words";

interface Marked {
  name: string;
  words: string;
  stretch: Stretch | null;
  longest: number;
}

/**
 * `<ll-region src="peaks" seconds="12.5" longest="20">`: a waveform on which stretches are marked, by dragging or with
 * two sliders for each. Fires `regionchange` (detail: {name, stretch}).
 *
 * The section to audition is always there; `add` puts another one beside it.
 */
export class LLRegion extends HTMLElement {
  private readonly canvas = h("canvas", { "aria-hidden": "true" });
  private readonly picture = h("div", { class: "region__picture" }, this.canvas);
  private readonly picks = h("div", { class: "chips region__picks", hidden: true, role: "group" });
  private readonly watch = new ResizeObserver(() => this.draw());
  private readonly marked: Marked[] = [];
  private readonly handles = new Map<string, HTMLElement>();
  private active = "section";
  private peaks: Peaks = [];

  connectedCallback(): void {
    const whole = this.whole;
    const longest = Number(this.getAttribute("longest")) || 20;
    const first = { start: 0, end: Math.min(whole, 8, longest) };
    this.marked.splice(0);
    this.handles.clear();
    this.replaceChildren(this.picks, this.picture);
    this.picture.replaceChildren(this.canvas);
    this.picks.setAttribute("aria-label", say("marks"));
    this.picture.addEventListener("pointerdown", this.onDown);
    this.watch.observe(this.picture);
    document.addEventListener("themechange", this.draw);
    this.add("section", say("section"), first, longest);
    void this.load();
  }

  disconnectedCallback(): void {
    this.watch.disconnect();
    this.picture.removeEventListener("pointerdown", this.onDown);
    document.removeEventListener("themechange", this.draw);
  }

  /** Seconds of the whole recording. */
  get whole(): number {
    return Number(this.getAttribute("seconds")) || 0;
  }

  get section(): Stretch {
    return this.of("section")?.stretch ?? { start: 0, end: Math.min(this.whole, 8) };
  }

  add(name: string, words: string, stretch: Stretch | null, longest = Number.POSITIVE_INFINITY): void {
    this.marked.push({ name, words, stretch, longest });
    for (const edge of ["start", "end"] as const) this.picture.append(this.handle(name, words, edge));
    this.picks.replaceChildren(...this.marked.map((one) => this.pick(one)));
    this.picks.hidden = this.marked.length < 2;
    this.draw();
  }

  set(name: string, stretch: Stretch | null, tell = true): void {
    const one = this.of(name);
    if (!one) return;
    one.stretch = stretch;
    this.draw();
    if (tell)
      this.dispatchEvent(new CustomEvent("regionchange", { detail: { name, stretch }, bubbles: true }));
  }

  private of(name: string): Marked | undefined {
    return this.marked.find((one) => one.name === name);
  }

  private async load(): Promise<void> {
    const address = this.getAttribute("src");
    if (!address) return;
    try {
      const answer = await fetch(address);
      if (answer.ok) this.peaks = parsePeaks(await answer.json());
    } catch {
      // Without a picture the stretches can still be set by their numbers.
    }
    this.draw();
  }

  private pick(one: Marked): HTMLElement {
    const radio = h("input", {
      type: "radio",
      name: "region-marks",
      value: one.name,
      checked: one.name === this.active,
    });
    radio.addEventListener("change", () => {
      this.active = one.name;
    });
    return h("label", { class: "chip" }, radio, one.words);
  }

  private handle(name: string, words: string, edge: "start" | "end"): HTMLElement {
    const handle = h("div", {
      class: `region__edge region__edge--${name === "section" ? "section" : "other"}`,
      role: "slider",
      tabindex: 0,
      "aria-label": say(edge === "start" ? "edge_start" : "edge_end", { region: words }),
      "aria-valuemin": 0,
      "aria-valuemax": rounded(this.whole),
    });
    handle.addEventListener("keydown", (event) => this.onKey(event, name, edge));
    handle.addEventListener("pointerdown", (event) => this.onEdge(event, name, edge));
    this.handles.set(`${name}.${edge}`, handle);
    return handle;
  }

  private onKey(event: KeyboardEvent, name: string, edge: "start" | "end"): void {
    const one = this.of(name);
    if (!one) return;
    const stretch = one.stretch ?? { start: 0, end: Math.min(0.5, this.whole) };
    const step = keyStep(event.key, event.shiftKey);
    const ends: Record<string, number> = { Home: 0, End: this.whole };
    const to = step === null ? ends[event.key] : stretch[edge] + step;
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.set(name, withEdge(stretch, edge, to, this.whole, one.longest));
  }

  private readonly onDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const one = this.of(this.active);
    if (!one) return;
    const from = this.secondsAt(event);
    this.follow(event, (to) => this.set(one.name, between(from, to, this.whole, one.longest)));
  };

  private onEdge(event: PointerEvent, name: string, edge: "start" | "end"): void {
    const one = this.of(name);
    if (!one?.stretch) return;
    event.stopPropagation();
    const held = one.stretch;
    this.follow(event, (to) => this.set(name, withEdge(held, edge, to, this.whole, one.longest)));
  }

  private follow(event: PointerEvent, move: (to: number) => void): void {
    const onMove = (next: PointerEvent): void => move(this.secondsAt(next));
    const onUp = (): void => {
      window.removeEventListener("pointermove", onMove);
      window.removeEventListener("pointerup", onUp);
      window.removeEventListener("pointercancel", onUp);
    };
    window.addEventListener("pointermove", onMove);
    window.addEventListener("pointerup", onUp);
    window.addEventListener("pointercancel", onUp);
    event.preventDefault();
    (event.target as HTMLElement).focus?.({ preventScroll: true });
  }

  private secondsAt(event: PointerEvent): number {
    const box = this.picture.getBoundingClientRect();
    return ((event.clientX - box.left) / Math.max(box.width, 1)) * this.whole;
  }

  private readonly draw = (): void => {
    this.place();
    const { clientWidth: width, clientHeight: height } = this.picture;
    const pen = this.canvas.getContext("2d");
    if (!pen || width === 0 || height === 0) return;
    const density = Math.min(window.devicePixelRatio || 1, 2);
    this.canvas.width = Math.round(width * density);
    this.canvas.height = Math.round(height * density);
    pen.scale(density, density);
    const colour = (token: string): string => getComputedStyle(this).getPropertyValue(token).trim() || "gray";
    for (const one of this.marked) this.shade(pen, one, width, height, colour);
    const section = this.section;
    const middle = height / 2;
    pen.fillStyle = colour("--line");
    pen.fillRect(0, Math.round(middle), width, 1);
    fitPeaks(this.peaks, Math.floor(width / 3)).forEach(([low, high], column) => {
      const at = ((column * 3) / width) * this.whole;
      pen.fillStyle = colour(section.start <= at && at <= section.end ? "--accent" : "--line-strong");
      pen.fillRect(column * 3, middle - high * (middle - 2), 2, Math.max(1, (high - low) * (middle - 2)));
    });
  };

  private shade(
    pen: CanvasRenderingContext2D,
    one: Marked,
    width: number,
    height: number,
    colour: (token: string) => string,
  ): void {
    if (!one.stretch || this.whole === 0) return;
    const left = (one.stretch.start / this.whole) * width;
    const wide = ((one.stretch.end - one.stretch.start) / this.whole) * width;
    pen.globalAlpha = one.name === "section" ? 1 : 0.25;
    pen.fillStyle = one.name === "section" ? colour("--accent-soft") : colour("--hue-6");
    pen.fillRect(left, 0, Math.max(wide, 1), height);
    pen.globalAlpha = 1;
  }

  private place(): void {
    for (const one of this.marked) {
      for (const edge of ["start", "end"] as const) {
        const handle = this.handles.get(`${one.name}.${edge}`);
        if (!handle) continue;
        handle.toggleAttribute("data-unset", one.stretch === null);
        const at = one.stretch?.[edge] ?? 0;
        handle.style.setProperty("inset-inline-start", `${this.whole ? (at / this.whole) * 100 : 0}%`);
        handle.setAttribute("aria-valuenow", String(rounded(at)));
        handle.setAttribute("aria-valuetext", one.stretch ? say("seconds", { value: rounded(at) }) : "–");
      }
    }
  }
}
