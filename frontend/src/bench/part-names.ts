/** What the sounds of an audition are called on this page. */
import type { Part } from "./loudness";
import { say } from "./words";

/** As the page's `<ll-bench>` names it (`name-before`, `name-after`, `name-residual`), else in the workbench's own words. */
export function nameOfPart(part: Part, element: Element): string {
  return element.closest("ll-bench")?.getAttribute(`name-${part}`) || say(part);
}
