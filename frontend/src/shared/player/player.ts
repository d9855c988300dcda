/** The one thing on the site that makes sound. It lives beside the page, so turning pages does not stop it. */
import { clamp } from "../dom";
import { current, EMPTY, parseQueue, type Queue, queueOf, step, type Track } from "./queue";

const KEPT = "ledgerline.player";

/**
 * Events: `change` (another track, playing or paused, an empty queue), `time` (the position moved),
 * `failed` (a preview would not load).
 */
export class Player extends EventTarget {
  private queue: Queue = EMPTY;
  private frame = 0;

  constructor(private readonly audio: HTMLAudioElement = new Audio()) {
    super();
    audio.preload = "auto";
    for (const name of ["play", "pause", "loadedmetadata", "emptied"]) {
      audio.addEventListener(name, () => this.changed());
    }
    audio.addEventListener("seeked", () => this.tick());
    audio.addEventListener("ended", () => this.go(1));
    audio.addEventListener("error", () => this.fail());
  }

  get track(): Track | null {
    return current(this.queue);
  }

  get playing(): boolean {
    return this.track !== null && !this.audio.paused;
  }

  /** Seconds from the start of the preview. */
  get time(): number {
    return this.audio.currentTime;
  }

  /** Seconds; the server's figure until the audio is loaded. */
  get duration(): number {
    return Number.isFinite(this.audio.duration) ? this.audio.duration : (this.track?.duration ?? 0);
  }

  /** 0 to 1. */
  get fraction(): number {
    return this.duration > 0 ? clamp(this.time / this.duration, 0, 1) : 0;
  }

  get hasNext(): boolean {
    return step(this.queue, 1) !== null;
  }

  get hasPrevious(): boolean {
    return step(this.queue, -1) !== null;
  }

  /** Play or pause the track with this id; another track replaces the present one and its queue. */
  toggle(tracks: readonly Track[], id: string): void {
    if (this.track?.id === id) {
      this.playOrPause();
      return;
    }
    this.take(queueOf(tracks, id));
  }

  playOrPause(): void {
    if (!this.track) return;
    if (this.audio.paused) void this.start();
    else this.audio.pause();
  }

  /** To the next or previous track; at the end of the list it rests where it is. */
  go(by: 1 | -1): void {
    const queue = step(this.queue, by);
    if (queue) this.take(queue);
    else this.changed();
  }

  /** To a part of the whole, 0 to 1. */
  seek(fraction: number): void {
    if (this.duration > 0) this.audio.currentTime = clamp(fraction, 0, 1) * this.duration;
  }

  /** Seconds onward, or back where negative. */
  skip(seconds: number): void {
    if (this.duration > 0) this.seek((this.time + seconds) / this.duration);
  }

  /** After a full page load: the same track at the same place, waiting. */
  restore(storage: Storage = sessionStorage): void {
    const { time, ...queue } = parseQueue(storage.getItem(KEPT));
    const track = current(queue);
    if (!track || this.track) return;
    this.queue = queue;
    this.audio.src = track.audio;
    this.audio.currentTime = time;
    this.changed();
  }

  keep(storage: Storage = sessionStorage): void {
    if (this.track) storage.setItem(KEPT, JSON.stringify({ ...this.queue, time: this.time }));
  }

  private take(queue: Queue): void {
    const track = current(queue);
    if (!track) return;
    this.queue = queue;
    this.audio.src = track.audio;
    void this.start();
    this.changed();
  }

  private async start(): Promise<void> {
    try {
      await this.audio.play();
    } catch {
      // A newer track took its place, or the browser wants a gesture first; `error` tells of the rest.
      this.changed();
    }
  }

  private fail(): void {
    if (!this.track) return;
    this.audio.pause();
    this.dispatchEvent(new Event("failed"));
  }

  private changed(): void {
    this.dispatchEvent(new Event("change"));
    cancelAnimationFrame(this.frame);
    this.tick();
  }

  private tick(): void {
    this.dispatchEvent(new Event("time"));
    if (this.playing) this.frame = requestAnimationFrame(() => this.tick());
  }
}

export const player = new Player();
