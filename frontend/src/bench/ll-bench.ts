import { askAudition, RefusedError } from "./audition";
import type { LLAb } from "./ll-ab";
import type { LLHeard } from "./ll-heard";
import type { LLRegion } from "./ll-region";
import type { LLSpectra } from "./ll-spectra";
import type { Audition } from "./loudness";
import { rounded, type Stretch } from "./regions";
import { say } from "./words";

/**
 * `<ll-bench element="id" process="noise">` around the form of a process: auditions it on the marked section and shows what
 * came of it. Applying is the form's own business.
 */
export class LLBench extends HTMLElement {
  private giving = new AbortController();
  private connected = new AbortController();
  private isAsking = false;

  connectedCallback(): void {
    const button = this.querySelector<HTMLButtonElement>("[data-audition]");
    const region = this.region;
    // Turbo may take a page off and put it back: what was listened to is let go with it.
    this.connected = new AbortController();
    const { signal } = this.connected;
    this.addEventListener("notesedit", (event) => this.onNotes(event as CustomEvent), { signal });
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", () => void this.hearSection(), { signal });
    if (!region) return;
    for (const set of this.querySelectorAll<HTMLElement>("[data-region]")) this.tie(set, region);
    this.addEventListener("regionchange", (event) => this.onRegion(event as CustomEvent), { signal });
  }

  disconnectedCallback(): void {
    this.giving.abort();
    this.connected.abort();
  }

  private get region(): LLRegion | null {
    return this.querySelector<LLRegion>("ll-region");
  }

  /** What the form says now, as the API takes it. */
  parameters(): Record<string, unknown> {
    const found: Record<string, unknown> = {};
    for (const field of this.querySelectorAll<HTMLInputElement>("[data-parameter]")) {
      if (field.type === "radio" && !field.checked) continue;
      found[field.name] = field.type === "checkbox" ? field.checked : field.value;
    }
    for (const set of this.querySelectorAll<HTMLElement>("[data-region]")) {
      const stretch = stretchOf(set);
      if (stretch) found[set.dataset.region ?? ""] = [stretch.start, stretch.end];
    }
    return found;
  }

  private async hearSection(): Promise<void> {
    // Two questions on their way at once could arrive the wrong way round.
    if (this.isAsking) return;
    this.isAsking = true;
    const element = this.getAttribute("element") ?? "";
    const { start, end } = this.region?.section ?? { start: 0, end: 8 };
    this.giving.abort();
    this.giving = new AbortController();
    const { signal } = this.giving;
    this.tell(say("auditioning"));
    this.setAttribute("aria-busy", "true");
    try {
      const wish = {
        process: this.getAttribute("process") ?? "",
        parameters: this.parameters(),
        start_s: rounded(start),
        seconds: rounded(end - start),
      };
      const audition = await askAudition(element, wish, signal, () => {
        this.isAsking = false;
      });
      if (!audition) return;
      await this.hear(audition);
      this.tell(
        say("auditioned", {
          seconds: rounded(audition.seconds ?? end - start),
          start: rounded(audition.start_s),
        }),
      );
      this.dispatchEvent(new CustomEvent("auditioned", { detail: audition, bubbles: true }));
    } catch (error) {
      this.tell(error instanceof RefusedError && error.message ? error.message : say("failed"), true);
    } finally {
      this.isAsking = false;
      if (!signal.aborted) this.removeAttribute("aria-busy");
    }
  }

  private async hear(audition: Audition): Promise<void> {
    const heard = this.querySelector<HTMLElement>(".benchheard");
    if (!heard) return;
    heard.hidden = false;
    this.querySelector<LLHeard>("ll-heard")?.show(audition);
    this.querySelector<LLSpectra>("ll-spectra")?.show(audition);
    await this.querySelector<LLAb>("ll-ab")?.show(audition);
  }

  private tell(words: string, wrong = false): void {
    const status = this.querySelector(".benchstatus");
    if (!status) return;
    status.textContent = words;
    status.classList.toggle("is-bad", wrong);
  }

  /** A region's two number fields and its stretch on the waveform say the same. */
  private tie(set: HTMLElement, region: LLRegion): void {
    const name = set.dataset.region ?? "";
    region.add(name, set.dataset.words ?? name, stretchOf(set));
    set.addEventListener("input", () => region.set(name, stretchOf(set), false), {
      signal: this.connected.signal,
    });
  }

  /** The editor's moved notes are a parameter of the process. */
  private onNotes(event: CustomEvent<{ edits: unknown }>): void {
    const field = this.querySelector<HTMLInputElement>("[data-edits]");
    if (field) field.value = JSON.stringify(event.detail.edits);
  }

  private onRegion(event: CustomEvent<{ name: string; stretch: Stretch | null }>): void {
    const { name, stretch } = event.detail;
    const [start, end] = fieldsOf(this.querySelector<HTMLElement>(`[data-region="${name}"]`));
    if (!start || !end) return;
    start.value = stretch ? String(rounded(stretch.start)) : "";
    end.value = stretch ? String(rounded(stretch.end)) : "";
  }
}

function fieldsOf(set: HTMLElement | null): HTMLInputElement[] {
  return [...(set?.querySelectorAll<HTMLInputElement>("input[type=number]") ?? [])];
}

function stretchOf(set: HTMLElement): Stretch | null {
  const [start, end] = fieldsOf(set).map((field) => (field.value === "" ? Number.NaN : Number(field.value)));
  if (start === undefined || end === undefined || !(start < end)) return null;
  return { start, end };
}
