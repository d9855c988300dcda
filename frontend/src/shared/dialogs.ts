/** Dialogs open from any button with `data-dialog="id"`, and close from `data-dialog-close`, Escape or the ground beside. */
export function startDialogs(): void {
  document.addEventListener("click", (event) => {
    const target = event.target;
    if (!(target instanceof Element)) return;
    const opener = target.closest<HTMLElement>("[data-dialog]");
    const dialog = opener ? document.getElementById(opener.dataset.dialog ?? "") : null;
    if (dialog instanceof HTMLDialogElement) dialog.showModal();
    else if (target.closest("[data-dialog-close]")) target.closest("dialog")?.close();
    else if (target instanceof HTMLDialogElement && isOutside(target, event)) target.close();
  });
  // A page that is kept for the way back must not come back with its dialog open.
  document.addEventListener("turbo:before-cache", () => {
    for (const dialog of document.querySelectorAll<HTMLDialogElement>("dialog[open]")) dialog.close();
  });
}

function isOutside(dialog: HTMLDialogElement, event: MouseEvent): boolean {
  const box = dialog.getBoundingClientRect();
  const inside =
    event.clientX >= box.left &&
    event.clientX <= box.right &&
    event.clientY >= box.top &&
    event.clientY <= box.bottom;
  return !inside;
}
