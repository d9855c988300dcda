import { h } from "../dom";
import { t } from "../words";
import { Tones } from "./tones";
import { CHORDS, chordOf, chordTones, frequencyOf, scaleTones, type Tone, type Tuning } from "./tuning";

const PACE_S = 0.35;
const CHORD_S = 2.5;
const NOTE_S = 1;
const [LEAST_HZ, MOST_HZ] = [16, 4000];

/**
 * `<ll-scale data="{name, period_cents, degrees_cents, base_hz}">` around a table with a row for each degree
 * (`data-degree`, a cell with `data-hz`): plays its notes, the scale, chords of marked notes and those nearest to pure
 * ratios, on any first frequency.
 */
export class LLScale extends HTMLElement {
  private readonly tones = new Tones();
  private readonly status = h("p", { role: "status", class: "figure" });
  private readonly base = h("input", {
    type: "number",
    min: LEAST_HZ,
    max: MOST_HZ,
    step: "any",
    size: 8,
    id: "scale-base",
  });
  private tuning: Tuning | null = null;
  private bar: HTMLElement | null = null;

  connectedCallback(): void {
    if (this.bar) return;
    this.tuning = JSON.parse(this.getAttribute("data") ?? "null") as Tuning | null;
    const { tuning } = this;
    if (!tuning) return;
    this.base.value = tuning.base_hz.toFixed(3);
    this.base.addEventListener("input", () => this.onBase());
    const chords = Object.keys(CHORDS).map((name) =>
      this.button(name, () => this.playChord(tuning, name), t("scale_nearest", { name })),
    );
    this.bar = h(
      "div",
      { class: "cluster scale__tools" },
      this.button(t("scale_play"), () => this.sound(scaleTones(tuning, PACE_S))),
      this.button(t("scale_marked"), () => this.sound(chordTones(tuning, this.marked, CHORD_S))),
      ...chords,
      this.button(t("scale_stop"), () => this.hush()),
      h("span", { class: "cluster" }, h("label", { for: "scale-base" }, t("scale_base")), this.base, "Hz"),
    );
    this.querySelector(".tablewrap")?.before(this.bar, this.status);
    for (const row of this.rows) this.dress(row, tuning);
  }

  disconnectedCallback(): void {
    this.tones.close();
  }

  private get rows(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>("[data-degree]")];
  }

  private get marked(): number[] {
    const boxes = this.querySelectorAll<HTMLInputElement>("input[data-mark]:checked");
    return [...boxes].map((box) => Number(box.value));
  }

  private button(words: string, act: () => void, label?: string): HTMLElement {
    const button = h("button", { type: "button", class: "button button--small", "aria-label": label }, words);
    button.addEventListener("click", act);
    return button;
  }

  /** A row's degree becomes a button that plays it, beside a box that marks it for a chord. */
  private dress(row: HTMLElement, tuning: Tuning): void {
    const degree = Number(row.dataset.degree);
    const head = row.querySelector("th");
    const play = this.button(String(degree), () => this.sound(chordTones(tuning, [degree], NOTE_S)));
    play.setAttribute("aria-label", t("scale_degree", { degree }));
    const mark = h("input", {
      type: "checkbox",
      value: degree,
      "data-mark": true,
      "aria-label": t("scale_mark", { degree }),
    });
    head?.replaceChildren(h("span", { class: "cluster" }, mark, play));
  }

  private playChord(tuning: Tuning, name: string): void {
    const { degrees, errors_cents } = chordOf(tuning, CHORDS[name] ?? []);
    for (const box of this.querySelectorAll<HTMLInputElement>("input[data-mark]"))
      box.checked = degrees.includes(Number(box.value));
    const errors = errors_cents
      .slice(1)
      .map((cents) => `${cents < 0 ? "−" : "+"}${Math.abs(cents).toFixed(1)}`);
    this.sound(chordTones(tuning, degrees, CHORD_S));
    this.status.textContent = t("scale_chord", {
      name,
      degrees: degrees.join(" – "),
      errors: errors.join(", "),
    });
  }

  private sound(tones: Tone[]): void {
    this.status.textContent = tones.length === 0 ? t("scale_none") : "";
    void this.tones.play(tones, (tone) => this.show(tone, tones));
  }

  private hush(): void {
    this.tones.stop();
    this.show(null, []);
  }

  /** The rows that sound now are the present ones. */
  private show(tone: Tone | null, tones: Tone[]): void {
    const now = new Set(
      tones.filter((one) => tone && one.at_s === tone.at_s).map((one) => String(one.degree)),
    );
    for (const row of this.rows) {
      const is = now.has(row.dataset.degree ?? "");
      if (is) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
  }

  private onBase(): void {
    const { tuning } = this;
    const hz = Number(this.base.value);
    if (!tuning || !(LEAST_HZ <= hz && hz <= MOST_HZ)) return;
    tuning.base_hz = hz;
    for (const row of this.rows) {
      const cell = row.querySelector("[data-hz]");
      if (cell) cell.textContent = frequencyOf(tuning, Number(row.dataset.degree)).toFixed(3);
    }
  }
}
