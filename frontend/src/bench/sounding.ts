/** Hears notes as plain tones, beside the take they were heard in, from any second on. */
import { player } from "../shared/player/player";
import type { EditNote } from "./editing";

const AHEAD_S = 0.08;

export function frequencyOf(note: EditNote): number {
  return 440 * 2 ** ((note.pitch + note.cents / 100 - 69) / 12);
}

export class Sounding {
  private context: AudioContext | null = null;
  private voices: OscillatorNode[] = [];
  private begun = 0;
  private from = 0;
  private readonly take = new Audio();

  constructor(address: string) {
    this.take.preload = "none";
    if (address) this.take.src = address;
  }

  get isPlaying(): boolean {
    return this.begun > 0;
  }

  /** Seconds from the start of the take. */
  get time(): number {
    return this.isPlaying && this.context
      ? this.from + Math.max(this.context.currentTime - this.begun, 0)
      : this.from;
  }

  /** One note, to know what it is. */
  async hear(note: EditNote): Promise<void> {
    const context = await this.awake();
    this.voice(context, { ...note, onset: 0, duration: Math.min(note.duration, 1) }, context.currentTime);
  }

  async play(
    notes: readonly EditNote[],
    from: number,
    with_: { notes: boolean; take: boolean },
  ): Promise<void> {
    this.stop();
    if (player.playing) player.playOrPause();
    const context = await this.awake();
    this.from = from;
    this.begun = context.currentTime + AHEAD_S;
    if (with_.notes) {
      for (const note of notes) {
        if (note.onset + note.duration > from) this.voice(context, note, this.begun - from);
      }
    }
    if (with_.take && this.take.src) {
      this.take.currentTime = from;
      await this.take.play().catch(() => undefined);
    }
  }

  stop(): void {
    this.from = this.time;
    this.begun = 0;
    for (const voice of this.voices.splice(0)) voice.stop();
    this.take.pause();
  }

  seek(second: number): void {
    this.from = second;
  }

  close(): void {
    this.stop();
    void this.context?.close();
    this.context = null;
  }

  private async awake(): Promise<AudioContext> {
    this.context ??= new AudioContext();
    await this.context.resume();
    return this.context;
  }

  private voice(context: AudioContext, note: EditNote, zero: number): void {
    const start = Math.max(zero + note.onset, context.currentTime);
    const end = Math.max(zero + note.onset + note.duration, start + 0.03);
    const voice = new OscillatorNode(context, { type: "triangle", frequency: frequencyOf(note) });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setTargetAtTime((note.velocity / 127) * 0.25, start, 0.006);
    gain.gain.setTargetAtTime(0, end - 0.02, 0.012);
    voice.connect(gain).connect(context.destination);
    voice.start(start);
    voice.stop(end + 0.1);
    this.voices.push(voice);
  }
}
