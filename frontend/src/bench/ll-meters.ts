import { h, s } from "../shared/dom";
import type { Playing } from "./ll-ab";
import type { Part } from "./loudness";
import { MeterTap, type Reading } from "./meter-tap";
import { decibels, FLOOR_DB, spectrumPoints, wayOf } from "./metering";
import { nameOfPart } from "./part-names";
import { say } from "./words";

const SHOWN: Part[] = ["before", "after"];
const [WIDE, TALL] = [480, 90];
const TOLD_MS = 500;

interface Row {
  tap: MeterTap;
  bar: HTMLElement;
  peak: HTMLElement;
  loudness: HTMLElement;
  curve: SVGElement;
}

/**
 * `<ll-meters>`: level, short-term loudness and spectrum of before and after while `<ll-ab>` plays them. Both are read as
 * they are, whichever is heard and however loud. Numbers change twice a second, so that they can be read (or read out).
 */
export class LLMeters extends HTMLElement {
  private readonly rows: Row[] = [];
  private readonly still = window.matchMedia("(prefers-reduced-motion: reduce)");
  private context: AudioContext | null = null;
  private frame = 0;
  private told = 0;

  connectedCallback(): void {
    document.addEventListener("abstart", this.onStart);
    document.addEventListener("abstop", this.onStop);
  }

  disconnectedCallback(): void {
    document.removeEventListener("abstart", this.onStart);
    document.removeEventListener("abstop", this.onStop);
    this.onStop();
  }

  private readonly onStart = (event: Event): void => {
    const { context, sources } = (event as CustomEvent<Playing>).detail;
    this.onStop();
    this.context = context;
    const there = SHOWN.filter((part) => sources[part]);
    const svg = s("svg", {
      viewBox: `0 0 ${WIDE} ${TALL}`,
      preserveAspectRatio: "none",
      class: "chart meters__spectrum",
      "aria-hidden": "true",
    });
    const body = h("tbody");
    this.rows.splice(0);
    for (const part of there) {
      const source = sources[part];
      if (source) this.rows.push(this.row(part, source, context, body, svg));
    }
    const head = ["sound", "meter_level", "meter_peak", "meter_loudness"] as const;
    const cells = head.map((word, place) =>
      h("th", { scope: "col", class: place > 1 ? "num" : null }, say(word)),
    );
    this.replaceChildren(
      h(
        "div",
        { class: "tablewrap" },
        h("table", { class: "meters" }, h("thead", {}, h("tr", {}, ...cells)), body),
      ),
      h("figure", {}, h("figcaption", { class: "small muted" }, say("meter_spectrum")), svg),
    );
    this.tick();
  };

  private readonly onStop = (): void => {
    cancelAnimationFrame(this.frame);
    this.context = null;
  };

  private row(
    part: Part,
    source: AudioBufferSourceNode,
    context: AudioContext,
    body: HTMLElement,
    svg: SVGElement,
  ): Row {
    const bar = h("div", {
      class: `meters__bar meters__bar--${part}`,
      role: "meter",
      "aria-label": `${say("meter_level")}, ${nameOfPart(part, this)}`,
      "aria-valuemin": FLOOR_DB,
      "aria-valuemax": 0,
      "aria-valuenow": FLOOR_DB,
    });
    const [peak, loudness] = [h("td", { class: "num" }, "–"), h("td", { class: "num" }, "–")];
    const curve = s("polyline", { class: `curve spectra__curve--${part}`, points: "" });
    svg.append(curve);
    body.append(
      h("tr", {}, h("th", { scope: "row" }, nameOfPart(part, this)), h("td", {}, bar), peak, loudness),
    );
    const tap = new MeterTap(context, source, source.buffer?.numberOfChannels ?? 1);
    return { tap, bar, peak, loudness, curve };
  }

  private tick(): void {
    if (!this.context) return;
    const now = performance.now();
    const isTelling = now - this.told >= TOLD_MS;
    if (isTelling) this.told = now;
    for (const row of this.rows) {
      const reading = row.tap.read();
      if (isTelling) this.tell(row, reading);
      if (isTelling || !this.still.matches) this.draw(row, reading, this.context.sampleRate);
    }
    this.frame = requestAnimationFrame(() => this.tick());
  }

  private draw(row: Row, reading: Reading, rate_hz: number): void {
    row.bar.style.setProperty("--level", String(wayOf(decibels(reading.rms))));
    row.bar.style.setProperty("--peak", String(wayOf(decibels(reading.peak))));
    row.bar.classList.toggle("is-over", reading.peak >= 1);
    row.curve.setAttribute("points", spectrumPoints(reading.bins_db, rate_hz, { wide: WIDE, tall: TALL }));
  }

  private tell(row: Row, reading: Reading): void {
    const number = (value: number, unit: string): string => `${value.toFixed(1).replace("-", "−")} ${unit}`;
    const level = decibels(reading.rms);
    row.bar.setAttribute("aria-valuenow", level.toFixed(1));
    row.bar.setAttribute("aria-valuetext", number(level, "dBFS"));
    row.peak.textContent = reading.peak > 1e-5 ? number(20 * Math.log10(reading.peak), "dBFS") : "–";
    row.loudness.textContent = reading.lufs === null ? "–" : number(reading.lufs, "LUFS");
  }
}
