/** The base of every picture that follows the sound: a canvas, a track, a place to click. */
import { clamp, clock, h } from "./dom";
import { player } from "./player/player";
import { trackOf } from "./player/rows";
import { t, type Word } from "./words";

export abstract class FollowingPicture extends HTMLElement {
  protected readonly canvas = h("canvas");
  protected abstract readonly label: Word;
  private readonly watch = new ResizeObserver(() => this.redraw());
  private shown = false;

  /** Draw everything at this size; `fraction` is what was heard, 0 where another track plays. */
  protected abstract draw(
    pen: CanvasRenderingContext2D,
    width: number,
    height: number,
    fraction: number,
  ): void;
  protected abstract load(): Promise<void>;

  connectedCallback(): void {
    // A page that comes back from Turbo's cache brings the old canvas along, blank.
    this.replaceChildren(this.canvas);
    this.canvas.setAttribute("aria-hidden", "true");
    this.watch.observe(this);
    player.addEventListener("time", this.onTime);
    player.addEventListener("change", this.onTime);
    document.addEventListener("themechange", this.redraw);
    if (this.hasAttribute("seekable")) this.makeSlider();
    this.addEventListener("pointerdown", this.onPointer);
    void this.load().then(this.redraw, () => this.setAttribute("data-missing", ""));
  }

  disconnectedCallback(): void {
    this.watch.disconnect();
    player.removeEventListener("time", this.onTime);
    player.removeEventListener("change", this.onTime);
    document.removeEventListener("themechange", this.redraw);
    this.removeEventListener("pointerdown", this.onPointer);
  }

  protected colour(token: string): string {
    return getComputedStyle(this).getPropertyValue(token).trim() || "gray";
  }

  protected readonly redraw = (): void => {
    const { clientWidth: width, clientHeight: height } = this;
    const pen = this.canvas.getContext("2d");
    if (!pen || width === 0 || height === 0) return;
    const density = Math.min(window.devicePixelRatio || 1, 2);
    this.canvas.width = Math.round(width * density);
    this.canvas.height = Math.round(height * density);
    pen.scale(density, density);
    this.draw(pen, width, height, this.isHeard ? player.fraction : 0);
  };

  private get row(): HTMLElement | null {
    return this.closest<HTMLElement>("[data-preview]");
  }

  private get isHeard(): boolean {
    const id = this.getAttribute("track") ?? (this.row ? trackOf(this.row).id : null);
    return id !== null && player.track?.id === id;
  }

  /** Redraw while our track moves, and once more when another takes over. */
  private readonly onTime = (): void => {
    const { isHeard } = this;
    if (isHeard || this.shown) this.redraw();
    this.shown = isHeard;
    if (isHeard && this.hasAttribute("role")) this.tell();
  };

  private makeSlider(): void {
    const title = this.row?.dataset.title ?? "";
    this.setAttribute("role", "slider");
    this.setAttribute("tabindex", "0");
    this.setAttribute("aria-label", t(this.label, { title }));
    this.setAttribute("aria-valuemin", "0");
    this.addEventListener("keydown", this.onKey);
    this.tell();
  }

  private tell(): void {
    const all = this.isHeard ? player.duration : Number(this.row?.dataset.duration) || 0;
    const now = Math.floor(this.isHeard ? player.time : 0);
    if (this.getAttribute("aria-valuenow") === String(now)) return;
    this.setAttribute("aria-valuemax", String(Math.ceil(all)));
    this.setAttribute("aria-valuenow", String(now));
    this.setAttribute("aria-valuetext", t("seek_value", { now: clock(now), all: clock(all) }));
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = { ArrowRight: 2, ArrowLeft: -2, PageUp: 10, PageDown: -10 };
    const by = steps[event.key];
    if (event.key === " ") this.start();
    else if (by !== undefined && this.isHeard) player.skip(by);
    else if (event.key === "Home" && this.isHeard) player.seek(0);
    else return;
    event.preventDefault();
  };

  private start(): void {
    if (this.isHeard) player.playOrPause();
    else if (this.row) player.toggle([trackOf(this.row)], trackOf(this.row).id);
  }

  private readonly onPointer = (event: PointerEvent): void => {
    if (!this.isHeard || event.button !== 0) return;
    const box = this.getBoundingClientRect();
    player.seek(clamp((event.clientX - box.left) / box.width, 0, 1));
  };
}
