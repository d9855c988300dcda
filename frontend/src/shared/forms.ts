/** Filters stand open beside the list where there is room for both, and fold away where there is not. */
function foldFilters(): void {
  const room = window.matchMedia("(min-width: 860px)").matches;
  for (const fold of document.querySelectorAll<HTMLDetailsElement>("details[data-fold]")) fold.open = room;
}

/** Small courtesies for forms: a filter submits itself, a button cannot be pressed twice. */
export function startForms(): void {
  document.addEventListener("turbo:load", foldFilters);
  window.matchMedia("(min-width: 860px)").addEventListener("change", foldFilters);
  document.addEventListener("change", (event) => {
    const target = event.target;
    if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return;
    if (target.form?.hasAttribute("data-autosubmit")) target.form.requestSubmit();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    // The way back shows the form again, ready; so does an answer that never comes.
    setTimeout(() => delete form.dataset.sent, 5000);
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sent]"))
      delete form.dataset.sent;
  });
}
