import { h } from "../dom";
import { t } from "../words";
import { httpDoor } from "./door";
import { forget, type Progress, RefusedError, send, type Wishes } from "./sender";

/**
 * `<ll-upload max-bytes="..." [wishes='{"tags": []}'] [next="/elements/{element_id}/publish/"]>` around a `.drop`
 * with a file input: several files at once, one bar each.
 *
 * A file that was half sent before a reload goes on where the server has it, once it is chosen again. When all bytes are
 * there an `<ll-job>` takes over the row. Fires `jobend` (bubbling from that job).
 */
export class LLUpload extends HTMLElement {
  private readonly list = h("ul", { class: "uploads" });
  private queue: Promise<void> = Promise.resolve();

  connectedCallback(): void {
    this.querySelector(".uploads")?.remove();
    this.append(this.list);
    this.list.setAttribute("aria-label", t("upload_list"));
    this.input?.addEventListener("change", this.onChoice);
    for (const name of ["dragenter", "dragover", "dragleave", "drop"])
      this.addEventListener(name, this.onDrag);
  }

  disconnectedCallback(): void {
    this.input?.removeEventListener("change", this.onChoice);
    for (const name of ["dragenter", "dragover", "dragleave", "drop"])
      this.removeEventListener(name, this.onDrag);
  }

  private get input(): HTMLInputElement | null {
    return this.querySelector("input[type=file]");
  }

  private readonly onChoice = (): void => {
    const { input } = this;
    if (!input) return;
    this.take([...(input.files ?? [])]);
    input.value = "";
  };

  private readonly onDrag = (event: Event): void => {
    if (!(event instanceof DragEvent) || !event.dataTransfer) return;
    event.preventDefault();
    const isOver = event.type === "dragenter" || event.type === "dragover";
    this.querySelector(".drop")?.classList.toggle("is-over", isOver);
    if (event.type === "drop") this.take([...event.dataTransfer.files]);
  };

  private take(files: File[]): void {
    for (const file of files) this.add(file);
  }

  /** One row; files are sent one after the other, so that the first is ready soon. */
  private add(file: File): void {
    const words = h("span", { class: "uploads__words", role: "status" }, t("upload_waiting"));
    const stop = h("button", { type: "button", class: "button button--small" }, t("cancel"));
    const bar = h("progress", { max: Math.max(1, file.size), value: 0, "aria-label": file.name });
    const lines = h("div", {}, h("div", { class: "uploads__name" }, file.name), words);
    const row = h("li", {}, lines, stop, bar);
    this.list.append(row);
    const limit = Number(this.getAttribute("max-bytes")) || Number.POSITIVE_INFINITY;
    if (file.size > limit) {
      this.refuse(row, words, [stop, bar], t("upload_too_large", { size: megabytes(limit) }));
      return;
    }
    const controller = new AbortController();
    stop.addEventListener("click", () => {
      controller.abort();
      this.refuse(row, words, [stop, bar], t("upload_cancelled"));
      void forget(file, { door: httpDoor, memory: localStorage }).catch(() => undefined);
    });
    const start = (): Promise<void> => this.run(file, { row, words, stop, bar, signal: controller.signal });
    this.queue = this.queue.then(start, start);
  }

  private async run(
    file: File,
    { row, words, stop, bar, signal }: Parts & { signal: AbortSignal },
  ): Promise<void> {
    const progress: Progress = {
      sent(bytes, resumed) {
        bar.value = bytes;
        const percent = Math.floor((bytes / Math.max(1, file.size)) * 100);
        words.textContent = t(resumed ? "upload_resuming" : "upload_sending", {
          percent,
          size: megabytes(file.size),
        });
      },
      waiting: (seconds) => {
        words.textContent = t("upload_paused", { seconds });
      },
    };
    try {
      const wishes = JSON.parse(this.getAttribute("wishes") ?? "{}") as Wishes;
      const job = await send(file, { door: httpDoor, memory: localStorage, signal, progress, wishes });
      words.textContent = t("upload_checking");
      stop.remove();
      bar.remove();
      const status = h("ll-job" as "div", { "job-id": job, next: this.getAttribute("next") });
      words.replaceWith(status);
    } catch (error) {
      if (signal.aborted) return;
      const reason = error instanceof RefusedError && error.message ? error.message : t("upload_refused");
      this.refuse(row, words, [stop, bar], reason);
    }
  }

  private refuse(row: HTMLElement, words: HTMLElement, gone: HTMLElement[], reason: string): void {
    row.classList.add("is-bad");
    words.textContent = reason;
    for (const element of gone) element.remove();
  }
}

interface Parts {
  row: HTMLLIElement;
  words: HTMLSpanElement;
  stop: HTMLButtonElement;
  bar: HTMLProgressElement;
}

function megabytes(bytes: number): string {
  const form = {
    style: "unit",
    unit: bytes < 1e6 ? "kilobyte" : "megabyte",
    maximumFractionDigits: 1,
  } as const;
  return new Intl.NumberFormat(document.documentElement.lang || "en", form).format(
    bytes / (bytes < 1e6 ? 1e3 : 1e6),
  );
}
