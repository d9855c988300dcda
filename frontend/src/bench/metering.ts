/**
 * Level, short-term loudness and spectrum of sound as it plays.
 *
 * Source: ITU-R BS.1770-5 (K weighting, annex 1), EBU Tech 3341 (short-term: 3 s).
 */

export const FLOOR_DB = -60;
const WINDOW_S = 3;

export interface Section {
  feedforward: [number, number, number];
  feedback: [number, number, number];
}

/** The two sections of the K weighting at any sampling rate: the standard's, mapped by the bilinear transform. */
export function kWeighting(rate_hz: number): [Section, Section] {
  const shelf = { hz: 1681.974450955533, gain_db: 3.999843853973347, q: 0.7071752369554196 };
  const pass = { hz: 38.13547087602444, q: 0.5003270373238773 };
  let k = Math.tan((Math.PI * shelf.hz) / rate_hz);
  const high = 10 ** (shelf.gain_db / 20);
  const band = high ** 0.4996667741545416;
  let a0 = 1 + k / shelf.q + k * k;
  const first: Section = {
    feedforward: [
      (high + (band * k) / shelf.q + k * k) / a0,
      (2 * (k * k - high)) / a0,
      (high - (band * k) / shelf.q + k * k) / a0,
    ],
    feedback: [1, (2 * (k * k - 1)) / a0, (1 - k / shelf.q + k * k) / a0],
  };
  k = Math.tan((Math.PI * pass.hz) / rate_hz);
  a0 = 1 + k / pass.q + k * k;
  const second: Section = {
    feedforward: [1, -2, 1],
    feedback: [1, (2 * (k * k - 1)) / a0, (1 - k / pass.q + k * k) / a0],
  };
  return [first, second];
}

/** Mean square over the last three seconds, all channels added, as loudness. */
export class ShortTerm {
  private readonly parts: { square: number; seconds: number }[] = [];
  private seconds = 0;

  /** `square` is the mean square of a stretch, K-weighted, added over its channels. */
  push(square: number, seconds: number): void {
    if (!(seconds > 0)) return;
    this.parts.push({ square, seconds });
    this.seconds += seconds;
    for (
      let first = this.parts[0];
      first && this.seconds - first.seconds >= WINDOW_S;
      first = this.parts[0]
    ) {
      this.seconds -= first.seconds;
      this.parts.shift();
    }
  }

  /** LUFS; null for silence, or before anything was heard. */
  get lufs(): number | null {
    const sum = this.parts.reduce((total, part) => total + part.square * part.seconds, 0);
    const mean = this.seconds > 0 ? sum / this.seconds : 0;
    return mean > 1e-10 ? -0.691 + 10 * Math.log10(mean) : null;
  }
}

/** The last `count` samples of a buffer: mean square, and the greatest value without its sign. */
export function levelOf(samples: Float32Array, count: number): { square: number; peak: number } {
  const from = Math.max(samples.length - count, 0);
  let [sum, peak] = [0, 0];
  for (let at = from; at < samples.length; at += 1) {
    const value = samples[at] ?? 0;
    sum += value * value;
    peak = Math.max(peak, Math.abs(value));
  }
  return { square: sum / Math.max(samples.length - from, 1), peak };
}

/** dB of an amplitude, full scale 0, not under the floor of the meter. */
export function decibels(amplitude: number): number {
  return Math.max(20 * Math.log10(Math.max(amplitude, 1e-9)), FLOOR_DB);
}

/** How much of the meter's way a level takes, 0..1. */
export function wayOf(level_db: number): number {
  return Math.min(Math.max((level_db - FLOOR_DB) / -FLOOR_DB, 0), 1);
}

/** A spectrum in dB, bins from 0 Hz to half the rate, as points over an axis of octaves; -100 dB is the floor. */
export function spectrumPoints(
  bins_db: Float32Array,
  rate_hz: number,
  box: { wide: number; tall: number },
  columns = 96,
): string {
  const [low, high] = [40, Math.min(20_000, rate_hz / 2)];
  const bin = rate_hz / 2 / bins_db.length;
  const points: string[] = [];
  for (let column = 0; column < columns; column += 1) {
    const edge = (at: number): number => low * (high / low) ** (at / columns);
    const from = Math.round(edge(column) / bin);
    const to = Math.max(Math.round(edge(column + 1) / bin), from + 1);
    let most = -100;
    for (let at = from; at < to; at += 1) most = Math.max(most, bins_db[at] ?? -100);
    const x = (column / (columns - 1)) * box.wide;
    points.push(`${x.toFixed(1)},${((Math.min(-most, 100) / 100) * box.tall).toFixed(1)}`);
  }
  return points.join(" ");
}
