import type { Job } from "./jobs/job";
import { hasEnded } from "./jobs/job";
import { markRows } from "./player/rows";

const LEAST_MS = 300;
const ANSWER_MS = 15_000;
const TRIES_MAX = 8;

/**
 * `<ll-proposals src="address of the cards alone">` around an `<ll-job>` and the cards that are there: whenever the job
 * says something, the page looks for new cards, and for those of which more is known than before.
 */
export class LLProposals extends HTMLElement {
  private asking = false;
  private again = false;

  connectedCallback(): void {
    this.addEventListener("jobshow", this.onJob);
  }

  disconnectedCallback(): void {
    this.removeEventListener("jobshow", this.onJob);
  }

  private readonly onJob = (event: Event): void => {
    const job = (event as CustomEvent<Job>).detail;
    void this.look().then(() => {
      if (job.state === "finished" && event.target instanceof Element)
        event.target.closest("ll-job")?.remove();
    });
    if (hasEnded(job)) this.setAttribute("data-ended", job.state);
  };

  /** One question at a time; what is said meanwhile is asked once more afterwards. */
  private async look(): Promise<void> {
    if (this.asking) {
      this.again = true;
      return;
    }
    this.asking = true;
    let failed = 0;
    try {
      do {
        this.again = false;
        const html = await this.cards();
        if (html !== null) this.merge(html);
        // A finished job says nothing more: what could not be fetched after its last word would never come.
        else this.again ||= ++failed <= TRIES_MAX;
        if (this.again) await new Promise((resolve) => setTimeout(resolve, LEAST_MS * (1 + failed)));
      } while (this.again && this.isConnected);
    } finally {
      this.asking = false;
    }
  }

  private async cards(): Promise<string | null> {
    try {
      const answer = await fetch(this.getAttribute("src") ?? "", { signal: AbortSignal.timeout(ANSWER_MS) });
      return answer.ok ? await answer.text() : null;
    } catch {
      return null;
    }
  }

  private merge(html: string): void {
    const found = new DOMParser().parseFromString(html, "text/html").querySelectorAll("article[id]");
    for (const card of found) {
      const old = this.querySelector<HTMLElement>(`#${CSS.escape(card.id)}`);
      if (!old) this.append(document.adoptNode(card));
      else if (old.dataset.state !== (card as HTMLElement).dataset.state) replaced(old, card);
    }
    this.sort([...found].map((card) => card.id));
    markRows();
  }

  /** As the server ranks them; whoever was typing in a card goes on typing. */
  private sort(ids: readonly string[]): void {
    const here = [...this.querySelectorAll<HTMLElement>(":scope > article[id]")].map((card) => card.id);
    if (ids.join() === here.filter((id) => ids.includes(id)).join()) return;
    const focused = document.activeElement;
    for (const id of ids) {
      const card = this.querySelector(`#${CSS.escape(id)}`);
      if (card) this.append(card);
    }
    if (focused instanceof HTMLElement && this.contains(focused)) focused.focus({ preventScroll: true });
  }
}

/** Put the newer card in place of the older, without taking away a title that is being typed or numbers being turned. */
function replaced(old: HTMLElement, card: Element): void {
  const typed = old.querySelector<HTMLInputElement>("input[name=title]");
  const title = card.querySelector<HTMLInputElement>("input[name=title]");
  if (typed && title) title.value = typed.value;
  const turning = old.querySelector<HTMLDetailsElement>("details[data-turning][open]");
  if (turning) card.querySelector("details[data-turning]")?.replaceWith(turning);
  const had = old.contains(document.activeElement) ? document.activeElement?.id : "";
  old.replaceWith(document.adoptNode(card));
  if (had) document.getElementById(had)?.focus();
}
