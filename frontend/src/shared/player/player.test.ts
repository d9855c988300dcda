// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest";
import { Player } from "./player";
import type { Track } from "./queue";

/** An audio element that plays in no time and says what a real one would. */
class FakeAudio extends EventTarget {
  src = "";
  preload = "";
  paused = true;
  currentTime = 0;
  duration = 10;

  async play(): Promise<void> {
    this.paused = false;
    this.dispatchEvent(new Event("play"));
  }

  pause(): void {
    this.paused = true;
    this.dispatchEvent(new Event("pause"));
  }
}

const track = (id: string): Track => ({
  id,
  title: id,
  maker: "",
  audio: `/${id}.ogg`,
  page: "",
  cover: "",
  duration: 4,
});
const tracks = ["a", "b", "c"].map(track);
let audio: FakeAudio;
let player: Player;

beforeEach(() => {
  audio = new FakeAudio();
  player = new Player(audio as unknown as HTMLAudioElement);
  vi.stubGlobal("requestAnimationFrame", () => 0);
});

test("choosing a row plays it, choosing it again pauses it", () => {
  player.toggle(tracks, "b");

  expect(player.playing).toBe(true);
  expect(audio.src).toBe("/b.ogg");

  player.toggle(tracks, "b");

  expect(player.playing).toBe(false);
});

test("the end of one track begins the next, and the last one rests", () => {
  player.toggle(tracks, "b");

  audio.dispatchEvent(new Event("ended"));
  expect(player.track?.id).toBe("c");

  audio.dispatchEvent(new Event("ended"));
  expect(player.track?.id).toBe("c");
});

test("seeking stays within the track", () => {
  player.toggle(tracks, "a");

  player.seek(2);
  expect(audio.currentTime).toBe(10);

  player.skip(-100);
  expect(audio.currentTime).toBe(0);
});

test("until the audio is loaded the server's duration counts", () => {
  audio.duration = Number.NaN;
  player.toggle(tracks, "a");

  expect(player.duration).toBe(4);
});

test("a preview that will not load is told of and stops", () => {
  const told = vi.fn();
  player.addEventListener("failed", told);
  player.toggle(tracks, "a");

  audio.dispatchEvent(new Event("error"));

  expect(told).toHaveBeenCalledOnce();
  expect(player.playing).toBe(false);
});

test("after a full load the same track waits at the same place", () => {
  player.toggle(tracks, "b");
  audio.currentTime = 3;
  player.keep(sessionStorage);
  const second = new FakeAudio();

  const restored = new Player(second as unknown as HTMLAudioElement);
  restored.restore(sessionStorage);

  expect(restored.track?.id).toBe("b");
  expect(second.currentTime).toBe(3);
  expect(restored.playing).toBe(false);
});
