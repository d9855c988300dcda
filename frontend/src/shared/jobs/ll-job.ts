import { csrfToken, h } from "../dom";
import { t } from "../words";
import { cancel, type Follower, follow } from "./follow";
import { hasEnded, isWaiting, type Job, madeAt, wordsOf } from "./job";

/**
 * `<ll-job job-id="..." [next="/elements/{element_id}/"] [reload]>`: how far a job is, with a button to cancel it.
 *
 * Fires `jobshow` (detail: the job) whenever something new is known. When it ends well, a link leads to `next`, filled from the job's result. Fires `jobend` (detail: the job) once. `reload` shows the page again when the job ends well, for what it made.
 */
export class LLJob extends HTMLElement {
  private readonly words = h("span", { class: "job__words", role: "status" });
  private readonly actions = h("span", { class: "job__actions" });
  private readonly bar = h("progress", { max: 1 });
  private readonly stop = h("button", { type: "button", class: "button button--small" });
  private follower: Follower | null = null;

  connectedCallback(): void {
    const id = this.getAttribute("job-id");
    if (!id || this.follower) return;
    this.stop.textContent = t("cancel");
    this.stop.addEventListener("click", () => void this.cancel(id));
    this.actions.replaceChildren(this.stop);
    this.replaceChildren(this.words, this.actions, this.bar);
    this.words.textContent = t("job_asking");
    this.bar.setAttribute("aria-label", t("job_running"));
    this.follower = follow(id, (job) => this.show(job));
  }

  disconnectedCallback(): void {
    this.follower?.stop();
    this.follower = null;
  }

  private show(job: Job): void {
    this.setAttribute("state", job.state);
    const words = wordsOf(job);
    if (this.words.textContent !== words) this.words.textContent = words;
    if (isWaiting(job)) this.bar.removeAttribute("value");
    else this.bar.value = job.fraction ?? 0;
    if (hasEnded(job)) this.end(job);
    this.dispatchEvent(new CustomEvent("jobshow", { detail: job, bubbles: true }));
  }

  private end(job: Job): void {
    this.bar.hidden = true;
    const made = madeAt(job, this.getAttribute("next") ?? "/elements/{element_id}/");
    this.actions.replaceChildren(
      ...(made ? [h("a", { class: "button button--small", href: made }, t("upload_open"))] : []),
    );
    this.dispatchEvent(new CustomEvent("jobend", { detail: job, bubbles: true }));
    if (job.state === "finished" && this.hasAttribute("reload")) location.reload();
  }

  private async cancel(id: string): Promise<void> {
    this.stop.disabled = true;
    await cancel(id, csrfToken()).catch(() => false);
    this.stop.disabled = false;
    this.follower?.ask();
  }
}
