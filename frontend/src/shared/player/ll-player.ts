import { clock, h, s } from "../dom";
import { icon } from "../icons";
import { toast } from "../ll-toasts";
import { t } from "../words";
import { player } from "./player";

/** The bar at the foot of every page. It shows itself with the first sound and stays while pages turn. */
export class LLPlayer extends HTMLElement {
  private readonly toggle = h("button", { type: "button", class: "iconbutton player__toggle" });
  private readonly previous = h(
    "button",
    { type: "button", class: "iconbutton player__skip" },
    icon("previous"),
  );
  private readonly next = h("button", { type: "button", class: "iconbutton" }, icon("next"));
  private readonly cover = h("img", { alt: "", width: 44, height: 44 });
  private readonly titleLink = h("a", { class: "player__title" });
  private readonly maker = h("span", { class: "muted" });
  private readonly time = h("span", { class: "player__time" });
  private readonly range = h("input", { type: "range", min: 0, max: 1000, step: 1, value: 0 });
  private readonly heard: SVGLineElement[] = [];
  private readonly head = s("ellipse", { class: "head", cy: 11, rx: 6.5, ry: 4.6 });
  private readonly headBox = s("svg", { x: 0, y: 0, width: 1, height: 22, overflow: "visible" }, this.head);
  private built = false;

  connectedCallback(): void {
    if (!this.built) this.build();
    this.show();
    player.addEventListener("change", this.show);
    player.addEventListener("time", this.move);
    player.addEventListener("failed", this.fail);
  }

  disconnectedCallback(): void {
    player.removeEventListener("change", this.show);
    player.removeEventListener("time", this.move);
    player.removeEventListener("failed", this.fail);
  }

  private build(): void {
    this.built = true;
    this.toggle.addEventListener("click", () => player.playOrPause());
    this.previous.addEventListener("click", () => player.go(-1));
    this.next.addEventListener("click", () => player.go(1));
    this.range.addEventListener("input", () => player.seek(Number(this.range.value) / 1000));
    this.previous.setAttribute("aria-label", t("previous"));
    this.next.setAttribute("aria-label", t("next"));
    const buttons = h("div", { class: "player__buttons" }, this.previous, this.toggle, this.next);
    const words = h("div", { class: "player__words" }, this.titleLink, this.maker);
    const seek = h("div", { class: "player__seek" }, this.staff(), this.range);
    const cover = h("div", { class: "cover player__cover" }, this.cover);
    this.replaceChildren(h("div", { class: "player" }, buttons, cover, words, seek, this.time));
  }

  /** Five hairlines; the part that was heard is inked, the note-head is now. */
  private staff(): SVGSVGElement {
    const svg = s("svg", { "aria-hidden": "true" });
    for (let line = 0; line < 5; line += 1) {
      const y = 1 + line * 5;
      svg.append(s("line", { class: "rest", x1: 0, x2: "100%", y1: y, y2: y }));
      const heard = s("line", { class: "heard", x1: 0, x2: 0, y1: y, y2: y });
      this.heard.push(heard);
      svg.append(heard);
    }
    this.head.setAttribute("transform", "rotate(-18 0 11)");
    svg.append(this.headBox);
    return svg;
  }

  private readonly show = (): void => {
    const track = player.track;
    this.hidden = track === null;
    document.documentElement.style.setProperty("--player-height", track ? `${this.offsetHeight}px` : "0px");
    if (!track) return;
    this.toggle.replaceChildren(icon(player.playing ? "pause" : "play"));
    this.toggle.setAttribute("aria-label", t(player.playing ? "pause" : "play", { title: track.title }));
    this.previous.disabled = !player.hasPrevious;
    this.next.disabled = !player.hasNext;
    if (track.cover && this.cover.getAttribute("src") !== track.cover) this.cover.src = track.cover;
    this.titleLink.textContent = track.title;
    if (track.page) this.titleLink.href = track.page;
    this.maker.textContent = track.maker;
    this.range.setAttribute("aria-label", t("seek", { title: track.title }));
    this.move();
  };

  private readonly move = (): void => {
    const { fraction } = player;
    const now = clock(player.time);
    const all = clock(player.duration);
    for (const line of this.heard) line.setAttribute("x2", `${fraction * 100}%`);
    this.headBox.setAttribute("x", `${fraction * 100}%`);
    if (this.time.textContent !== `${now} / ${all}`) {
      this.time.textContent = `${now} / ${all}`;
      this.range.value = String(Math.round(fraction * 1000));
      this.range.setAttribute("aria-valuetext", t("seek_value", { now, all }));
    }
  };

  private readonly fail = (): void => {
    toast(t("unplayable", { title: player.track?.title ?? "" }), "error");
  };
}
