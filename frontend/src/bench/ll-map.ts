/** `<ll-map field="…">`: a picture whose points set a list of the same form, and follow it. */
export class LLMap extends HTMLElement {
  private form: HTMLFormElement | null = null;

  connectedCallback(): void {
    // The list may stand behind the picture, and not be there yet.
    this.form = this.closest("form");
    this.form?.addEventListener("change", this.show);
    this.addEventListener("click", this.onClick);
    queueMicrotask(this.show);
  }

  disconnectedCallback(): void {
    this.form?.removeEventListener("change", this.show);
    this.removeEventListener("click", this.onClick);
  }

  private list(): HTMLSelectElement | null {
    const name = this.getAttribute("field") ?? "";
    return this.form?.querySelector<HTMLSelectElement>(`select[name="${CSS.escape(name)}"]`) ?? null;
  }

  private readonly onClick = (event: Event): void => {
    const place = (event.target as Element).closest<SVGElement>("[data-name]");
    const list = this.list();
    if (!place || !list) return;
    const name = place.dataset.name ?? "";
    list.value = list.value === name ? "" : name;
    list.dispatchEvent(new Event("change", { bubbles: true }));
  };

  private readonly show = (): void => {
    const chosen = this.list()?.value ?? "";
    for (const place of this.querySelectorAll<SVGElement>("[data-name]"))
      place.classList.toggle("timbremap__place--chosen", chosen !== "" && place.dataset.name === chosen);
    const named = this.querySelector<HTMLElement>("[data-named]");
    if (named && chosen) named.textContent = chosen;
  };
}
