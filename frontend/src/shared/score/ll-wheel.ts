import { s } from "../dom";
import { player } from "../player/player";
import { trackOf } from "../player/rows";
import { type Chord, parseChords } from "./chords";

const MAJOR = ["C", "G", "D", "A", "E", "B", "F♯", "D♭", "A♭", "E♭", "B♭", "F"];
const MINOR = ["Am", "Em", "Bm", "F♯m", "C♯m", "G♯m", "D♯m", "B♭m", "Fm", "Cm", "Gm", "Dm"];
const CENTRE = 160;
const RINGS = { outer: 150, middle: 104, inner: 62 };

/**
 * `<ll-wheel chords="Dm G7 C Am" [onsets="0 2 4 6"] [now="1"]>`: the progression as a walk on the circle of fifths.
 * With `onsets` (seconds) the present chord follows the sound of the row that it stands in.
 */
export class LLWheel extends HTMLElement {
  private chords: Chord[] = [];
  private readonly sectors = new Map<string, SVGElement>();
  private readonly names = new Map<string, SVGElement>();

  connectedCallback(): void {
    this.build();
    player.addEventListener("time", this.follow);
  }

  disconnectedCallback(): void {
    player.removeEventListener("time", this.follow);
  }

  private build(): void {
    this.chords = parseChords(this.getAttribute("chords") ?? "");
    const label = this.chords.map((chord) => chord.symbol).join(", ");
    const svg = s("svg", { class: "wheel", viewBox: "0 0 320 320", role: "img", "aria-label": label });
    svg.style.maxWidth = "340px";
    for (let fifth = 0; fifth < 12; fifth += 1) {
      this.sector(fifth, false);
      this.sector(fifth, true);
    }
    for (const chord of this.chords) this.sectors.get(keyOf(chord))?.classList.add("used");
    const walk = this.chords.map((chord) => at(chord.fifth, chord.minor ? 84 : 128).join(" "));
    const path = walk.length > 1 ? [s("path", { class: "path", d: `M${walk.join("L")}` })] : [];
    svg.append(...this.sectors.values(), ...path, ...this.names.values());
    this.replaceChildren(svg);
    if (this.hasAttribute("now")) this.mark(Number(this.getAttribute("now")));
  }

  private sector(fifth: number, minor: boolean): void {
    const key = `${fifth}${minor ? "m" : ""}`;
    const [far, near] = minor ? [RINGS.middle, RINGS.inner] : [RINGS.outer, RINGS.middle];
    const [a, b, c, d] = [
      at(fifth - 0.5, far),
      at(fifth + 0.5, far),
      at(fifth + 0.5, near),
      at(fifth - 0.5, near),
    ];
    const path = `M${a}A${far} ${far} 0 0 1 ${b}L${c}A${near} ${near} 0 0 0 ${d}z`;
    const [x, y] = at(fifth, (far + near) / 2);
    const name = (minor ? MINOR : MAJOR)[fifth] ?? "";
    this.sectors.set(key, s("path", { class: "sector", d: path }));
    this.names.set(key, s("text", { x, y, "font-size": minor ? 12.5 : 15 }, name));
  }

  private mark(index: number): void {
    const chord = this.chords[index];
    for (const parts of [this.sectors, this.names]) {
      for (const [key, part] of parts)
        part.classList.toggle("now", chord !== undefined && key === keyOf(chord));
    }
  }

  private readonly follow = (): void => {
    const onsets = this.getAttribute("onsets")
      ?.split(/[\s,]+/)
      .map(Number);
    const row = this.closest<HTMLElement>("[data-preview]");
    if (!onsets || !row || player.track?.id !== trackOf(row).id) return;
    this.mark(onsets.findLastIndex((onset) => onset <= player.time));
  };
}

function keyOf(chord: Chord): string {
  return `${chord.fifth}${chord.minor ? "m" : ""}`;
}

function at(fifth: number, radius: number): [number, number] {
  const angle = (fifth / 12) * 2 * Math.PI - Math.PI / 2;
  const round = (value: number): number => Math.round(value * 10) / 10;
  return [round(CENTRE + radius * Math.cos(angle)), round(CENTRE + radius * Math.sin(angle))];
}
