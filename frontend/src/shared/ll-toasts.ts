import { h } from "./dom";
import { icon } from "./icons";
import { t } from "./words";

export type ToastKind = "info" | "success" | "warning" | "error";

const LIFE_MS = 7000;

/** Where short messages appear. Django's messages come with the page; scripts use `toast`. Errors stay until dismissed. */
export class LLToasts extends HTMLElement {
  connectedCallback(): void {
    this.setAttribute("role", "status");
    for (const child of [...this.children]) this.dress(child as HTMLElement);
  }

  add(words: string, kind: ToastKind): void {
    const item = h("div", { class: `toast toast--${kind}`, "data-turbo-temporary": true }, h("p", {}, words));
    this.append(item);
    this.dress(item);
  }

  private dress(item: HTMLElement): void {
    if (item.querySelector("button")) return;
    const close = h(
      "button",
      { type: "button", class: "iconbutton", "aria-label": t("dismiss") },
      icon("close"),
    );
    close.addEventListener("click", () => item.remove());
    item.append(close);
    if (item.classList.contains("toast--error")) return;
    const fade = (): void => {
      // Someone is reading it, or its button has the focus: wait.
      if (item.matches(":hover, :focus-within")) setTimeout(fade, LIFE_MS);
      else item.remove();
    };
    setTimeout(fade, LIFE_MS);
  }
}

export function toast(words: string, kind: ToastKind = "info"): void {
  document.querySelector<LLToasts>("ll-toasts")?.add(words, kind);
}
