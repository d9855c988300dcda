/** Light or dark: the system's choice until the reader makes one, kept in a cookie so that the server can print it. */
import { t } from "./words";

const dark = window.matchMedia("(prefers-color-scheme: dark)");

function isDark(): boolean {
  return (document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";
}

function label(): void {
  for (const button of document.querySelectorAll("[data-theme-toggle]")) {
    button.setAttribute("aria-label", t(isDark() ? "theme_light" : "theme_dark"));
  }
}

export function startTheme(): void {
  const tell = (): void => {
    label();
    document.dispatchEvent(new Event("themechange"));
  };
  dark.addEventListener("change", tell);
  document.addEventListener("turbo:load", label);
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("[data-theme-toggle]")) return;
    const theme = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser we serve
    document.cookie = `theme=${theme};path=/;max-age=31536000;samesite=lax`;
    tell();
  });
  label();
}
