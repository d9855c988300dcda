import { h } from "./dom";
import { t } from "./words";

const ATTACK_S = 0.02;
const RELEASE_S = 0.12;
const LOUDNESS = 0.22;

/** The sum of equal sines at `frequencies`, `points` values over `seconds`, scaled into -1..1. */
export function chordWave(frequencies: readonly number[], seconds: number, points: number): number[] {
  return Array.from({ length: points }, (_, index) => {
    const time = (index / points) * seconds;
    const sum = frequencies.reduce((total, hz) => total + Math.sin(2 * Math.PI * hz * time), 0);
    return sum / Math.max(1, frequencies.length);
  });
}

/**
 * `<ll-tuner>` around buttons with `data-frequencies="440"` or `"261.63,329.63,392"` (Hz): press to hear the sines and
 * see their sum over six periods of the lowest; press again for silence.
 */
export class LLTuner extends HTMLElement {
  private context: AudioContext | null = null;
  private sounding: { button: HTMLElement; stop: () => void } | null = null;
  private readonly canvas = h("canvas", { "aria-hidden": "true" });
  private readonly words = h("p", { role: "status", class: "muted" });

  connectedCallback(): void {
    this.querySelector(".tuner__wave")?.remove();
    this.prepend(h("div", { class: "tuner__wave" }, this.canvas, this.words));
    this.addEventListener("click", this.onClick);
    for (const button of this.querySelectorAll("[data-frequencies]"))
      button.setAttribute("aria-pressed", "false");
  }

  disconnectedCallback(): void {
    this.removeEventListener("click", this.onClick);
    this.silence();
  }

  private readonly onClick = (event: Event): void => {
    const target = event.target instanceof Element ? event.target : null;
    const button = target?.closest<HTMLElement>("[data-frequencies]");
    if (!button) return;
    const again = this.sounding?.button === button;
    this.silence();
    if (!again) this.sound(button);
  };

  private sound(button: HTMLElement): void {
    const frequencies = (button.dataset.frequencies ?? "")
      .split(/[\s,]+/)
      .map(Number)
      .filter((hz) => hz > 0);
    if (frequencies.length === 0) return;
    this.context ??= new AudioContext();
    const { context } = this;
    void context.resume();
    const gain = context.createGain();
    gain.gain.setValueAtTime(0, context.currentTime);
    gain.gain.linearRampToValueAtTime(
      LOUDNESS / Math.sqrt(frequencies.length),
      context.currentTime + ATTACK_S,
    );
    gain.connect(context.destination);
    const sines = frequencies.map((hz) => {
      const sine = new OscillatorNode(context, { frequency: hz });
      sine.connect(gain);
      sine.start();
      return sine;
    });
    const stop = (): void => {
      gain.gain.setTargetAtTime(0, context.currentTime, RELEASE_S / 4);
      for (const sine of sines) sine.stop(context.currentTime + RELEASE_S);
    };
    this.sounding = { button, stop };
    button.setAttribute("aria-pressed", "true");
    this.words.textContent = t("note_playing", { name: button.dataset.name ?? button.textContent.trim() });
    this.draw(frequencies);
  }

  private silence(): void {
    this.sounding?.stop();
    this.sounding?.button.setAttribute("aria-pressed", "false");
    this.sounding = null;
    this.words.textContent = "";
  }

  private draw(frequencies: number[]): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const pen = this.canvas.getContext("2d");
    if (!pen || !width) return;
    [this.canvas.width, this.canvas.height] = [width, height];
    pen.strokeStyle = getComputedStyle(this).getPropertyValue("--accent").trim();
    pen.lineWidth = 2;
    pen.beginPath();
    chordWave(frequencies, 6 / Math.min(...frequencies), width).forEach((value, x) => {
      pen.lineTo(x, height / 2 - value * (height / 2 - 3));
    });
    pen.stroke();
  }
}
