import { h, s } from "../shared/dom";
import { say } from "./words";

interface Loudness {
  integrated_lufs: number | null;
  loudness_range_lu: number | null;
  momentary_max_lufs: number | null;
  short_term_max_lufs: number | null;
  true_peak_dbtp: number | null;
  duration_s: number;
  at_s: number[];
  momentary_lufs: number[];
  short_term_lufs: number[];
  peak_at_s: number[];
  peak_dbfs: number[];
}

const [WIDE, TALL, FLOOR] = [720, 180, -60];

/** `<ll-loudness>` within `<ll-bench>`: what was measured of the whole, as figures and as lines over time. */
export class LLLoudness extends HTMLElement {
  connectedCallback(): void {
    this.closest("ll-bench")?.addEventListener("auditioned", this.onAuditioned);
  }

  private readonly onAuditioned = (event: Event): void => {
    const { facts } = (event as CustomEvent<{ facts?: Loudness }>).detail;
    if (facts) this.show(facts);
  };

  private show(facts: Loudness): void {
    const rows: [string, number | null, string][] = [
      [say("loud_integrated"), facts.integrated_lufs, "LUFS"],
      [say("loud_range"), facts.loudness_range_lu, "LU"],
      [say("loud_short"), facts.short_term_max_lufs, "LUFS"],
      [say("loud_momentary"), facts.momentary_max_lufs, "LUFS"],
      [say("peak"), facts.true_peak_dbtp, "dBTP"],
    ];
    const list = h("dl", { class: "facts" });
    for (const [words, value, unit] of rows) {
      const figure = value === null ? "–" : `${value.toFixed(1).replace("-", "−")} ${unit}`;
      list.append(h("dt", {}, words), h("dd", { class: "figure" }, figure));
    }
    const svg = s("svg", {
      viewBox: `0 0 ${WIDE} ${TALL}`,
      class: "chart",
      role: "img",
      "aria-label": say("loud_lines"),
    });
    for (let level = 0; level >= FLOOR; level -= 10) {
      const y = (level / FLOOR) * TALL;
      svg.append(s("line", { class: "grid", x1: 0, x2: WIDE, y1: y, y2: y }));
      svg.append(
        s("text", { class: "faint", x: 2, y: y + 12, "font-size": 10 }, `${level}`.replace("-", "−")),
      );
    }
    svg.append(
      line(facts.peak_at_s, facts.peak_dbfs, facts.duration_s, "before"),
      line(facts.at_s, facts.momentary_lufs, facts.duration_s, "residual"),
      line(facts.at_s, facts.short_term_lufs, facts.duration_s, "after"),
    );
    const key = [
      ["after", say("loud_short_line")],
      ["residual", say("loud_momentary_line")],
      ["before", say("loud_peak_line")],
    ].map(([part, words]) => h("span", { class: `spectra__key spectra__key--${part}` }, words));
    const figure = h(
      "figure",
      {},
      h("figcaption", { class: "small cluster" }, say("loud_lines"), ...key),
      svg,
    );
    this.replaceChildren(list, figure);
  }
}

function line(at: readonly number[], levels: readonly number[], whole: number, part: string): SVGElement {
  const points = levels.map((level, index) => {
    const x = ((at[index] ?? 0) / Math.max(whole, 0.1)) * WIDE;
    return `${x.toFixed(1)},${((Math.max(level, FLOOR) / FLOOR) * TALL).toFixed(1)}`;
  });
  return s("polyline", { class: `curve spectra__curve--${part}`, points: points.join(" ") });
}
