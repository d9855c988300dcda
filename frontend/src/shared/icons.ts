/** Icons drawn on a 24 grid with one stroke, as SVG nodes. */
import { s } from "./dom";

const PATHS = {
  play: "M8 5.5v13l11-6.5z",
  pause: "M8 5.5v13M16 5.5v13",
  next: "M6 6v12l9-6zM18 6v12",
  previous: "M18 6v12l-9-6zM6 6v12",
  close: "M6 6l12 12M18 6L6 18",
} as const;

export function icon(name: keyof typeof PATHS): SVGSVGElement {
  const solid = name === "play" || name === "next" || name === "previous";
  const path = s("path", {
    d: PATHS[name],
    fill: solid ? "currentColor" : "none",
    stroke: "currentColor",
    "stroke-width": name === "pause" ? 4 : 2,
    "stroke-linecap": name === "pause" ? "butt" : "round",
    "stroke-linejoin": "round",
  });
  return s("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, path);
}
