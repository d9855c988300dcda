/** Plays tones at their exact frequencies, each in its time; a new set takes the place of the one before. */
import { player } from "../player/player";
import type { Tone } from "./tuning";

const LOUDNESS = 0.2;
const ATTACK_S = 0.01;
const RELEASE_S = 0.08;

export class Tones {
  private context: AudioContext | null = null;
  private voices: OscillatorNode[] = [];
  private timers: ReturnType<typeof setTimeout>[] = [];

  /** `onTone` hears each tone as it begins, and null at the end. */
  async play(tones: readonly Tone[], onTone: (tone: Tone | null) => void): Promise<void> {
    this.stop();
    if (tones.length === 0) return;
    if (player.playing) player.playOrPause();
    this.context ??= new AudioContext();
    const { context } = this;
    await context.resume();
    const zero = context.currentTime + 0.05;
    const together = tones.filter((tone) => tone.at_s === tones[0]?.at_s).length;
    for (const tone of tones) {
      this.voice(context, tone, zero, LOUDNESS / Math.sqrt(together));
      this.timers.push(setTimeout(() => onTone(tone), tone.at_s * 1000));
    }
    const end = Math.max(...tones.map((tone) => tone.at_s + tone.seconds));
    this.timers.push(setTimeout(() => onTone(null), end * 1000 + 50));
  }

  stop(): void {
    for (const timer of this.timers.splice(0)) clearTimeout(timer);
    for (const voice of this.voices.splice(0)) voice.stop();
  }

  close(): void {
    this.stop();
    void this.context?.close();
    this.context = null;
  }

  private voice(context: AudioContext, tone: Tone, zero: number, loudness: number): void {
    const [start, end] = [zero + tone.at_s, zero + tone.at_s + tone.seconds];
    const voice = new OscillatorNode(context, { type: "triangle", frequency: tone.hz });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(loudness, start + ATTACK_S);
    gain.gain.setValueAtTime(loudness, Math.max(end - RELEASE_S, start + ATTACK_S));
    gain.gain.linearRampToValueAtTime(0, end);
    voice.connect(gain).connect(context.destination);
    voice.start(start);
    voice.stop(end + 0.01);
    this.voices.push(voice);
  }
}
