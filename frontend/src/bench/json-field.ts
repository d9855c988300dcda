/** What elements around a JSON field share: the field is the truth, so the form works as it would without scripts. */

/** Begin at once, or, in a closed `<details>`, when it is first opened. */
export function whenOpened(element: HTMLElement, begin: () => void): void {
  const details = element.closest("details");
  if (!details || details.open) begin();
  else details.addEventListener("toggle", begin, { once: true });
}

export function jsonField(element: HTMLElement): HTMLTextAreaElement | null {
  return element.querySelector("textarea[data-json]");
}
