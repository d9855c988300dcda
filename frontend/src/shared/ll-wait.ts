import { h } from "./dom";

interface Answer {
  ready: boolean;
  fraction: number;
  words: string;
  next: string;
}

const ASK_MS = 700;

/**
 * `<ll-wait src="...">words and a link for those without scripts</ll-wait>`: asks `src` how far something is and goes to its `next` when it is ready.
 *
 * `src` answers {ready, fraction, words, next}; a fraction of 0 means that nobody knows how far it is.
 */
export class LLWait extends HTMLElement {
  private readonly bar = h("progress", { max: 1 });
  private timer = 0;

  connectedCallback(): void {
    if (!this.bar.isConnected) {
      this.bar.setAttribute("aria-label", this.words()?.firstChild?.textContent?.trim() ?? "");
      this.append(this.bar);
    }
    this.later();
  }

  disconnectedCallback(): void {
    window.clearTimeout(this.timer);
  }

  private words(): Element | null {
    return this.querySelector("[role=status]");
  }

  private later(): void {
    this.timer = window.setTimeout(() => void this.ask(), ASK_MS);
  }

  private async ask(): Promise<void> {
    const answer = await fetch(this.getAttribute("src") ?? "", { headers: { Accept: "application/json" } })
      .then((response) => (response.ok ? (response.json() as Promise<Answer>) : null))
      .catch(() => null);
    if (!this.isConnected) return;
    if (answer?.ready) {
      this.show(answer);
      location.assign(answer.next);
      return;
    }
    if (answer) this.show(answer);
    this.later();
  }

  private show(answer: Answer): void {
    if (answer.ready || answer.fraction > 0) this.bar.value = answer.ready ? 1 : answer.fraction;
    const first = this.words()?.firstChild;
    if (first && answer.words && first.textContent !== answer.words) first.textContent = `${answer.words} `;
    const link = this.querySelector("a");
    if (answer.ready && link) link.setAttribute("href", answer.next);
  }
}
