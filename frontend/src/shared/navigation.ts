/** On a narrow screen the menu scrolls sideways: the present page must be in sight. */
export function startNavigation(): void {
  const show = (): void => {
    const list = document.querySelector<HTMLElement>(".staffnav ul");
    const here = list?.querySelector<HTMLElement>("[aria-current]");
    if (list && here) list.scrollLeft = here.offsetLeft - (list.clientWidth - here.offsetWidth) / 2;
  };
  document.addEventListener("turbo:load", show);
  show();
}
