/** Rows that stand for music: anything with `data-preview`. One listener for all of them, whatever page they came with. */
import { isTyping } from "../dom";
import { t } from "../words";
import { player } from "./player";
import type { Track } from "./queue";

const ROW = "[data-preview]";

export function trackOf(row: HTMLElement): Track {
  const data = row.dataset;
  const audio = data.preview ?? "";
  return {
    id: data.id ?? audio,
    title: data.title ?? "",
    maker: data.maker ?? "",
    audio,
    page: data.page ?? "",
    cover: data.cover ?? "",
    duration: Number(data.duration) || 0,
  };
}

function rowsOfPage(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(ROW)].filter((row) => row.dataset.preview);
}

function rowOf(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>(ROW) : null;
}

function currentRow(rows: HTMLElement[]): HTMLElement | null {
  return rows.find((row) => trackOf(row).id === player.track?.id) ?? null;
}

function toggle(row: HTMLElement): void {
  player.toggle(rowsOfPage().map(trackOf), trackOf(row).id);
}

function focusRow(row: HTMLElement): void {
  row.querySelector<HTMLElement>(".play")?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

/** Space plays what has the focus, else what is current, else the first row of the page. */
function onSpace(event: KeyboardEvent): void {
  const target = event.target as Element;
  if (target.closest("button, summary, [role=button]")) return;
  const rows = rowsOfPage();
  const row = rowOf(target) ?? (player.track ? null : rows[0]);
  if (!row && !player.track) return;
  event.preventDefault();
  if (row) toggle(row);
  else player.playOrPause();
}

/** Arrows walk from row to row; while something sounds, the row arrived at sounds too. */
function onArrow(event: KeyboardEvent, by: 1 | -1): void {
  const rows = rowsOfPage();
  const here = rowOf(event.target) ?? (event.target === document.body ? currentRow(rows) : null);
  if (!here) return;
  event.preventDefault();
  const next = rows[rows.indexOf(here) + by];
  if (!next) return;
  focusRow(next);
  if (player.playing) toggle(next);
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
    return;
  if (event.key === " ") onSpace(event);
  else if (event.key === "ArrowDown") onArrow(event, 1);
  else if (event.key === "ArrowUp") onArrow(event, -1);
  else if (event.key === "ArrowRight" && rowOf(event.target)) player.skip(5);
  else if (event.key === "ArrowLeft" && rowOf(event.target)) player.skip(-5);
}

/** Show on every row whether it is the present one and whether it sounds. */
export function markRows(): void {
  for (const row of rowsOfPage()) {
    const track = trackOf(row);
    const isCurrent = track.id === player.track?.id;
    const isPlaying = isCurrent && player.playing;
    row.toggleAttribute("data-current", isCurrent);
    row.toggleAttribute("data-playing", isPlaying);
    row
      .querySelector(".play")
      ?.setAttribute("aria-label", t(isPlaying ? "pause" : "play", { title: track.title }));
  }
}

export function startRows(): void {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest(".play") : null;
    const row = rowOf(button);
    if (row) toggle(row);
  });
  player.addEventListener("change", markRows);
  document.addEventListener("turbo:load", markRows);
  document.addEventListener("turbo:frame-load", markRows);
  markRows();
}
