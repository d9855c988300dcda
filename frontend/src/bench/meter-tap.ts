/** Listens to a node that plays, beside its way to the ears: what it reads does not depend on how loud that is set. */
import { kWeighting, levelOf, ShortTerm } from "./metering";

const FRAME = 4096;
const CHANNELS_MAX = 2;

export interface Reading {
  /** Greatest value and square root of the mean square of the newest samples, full scale 1. */
  peak: number;
  rms: number;
  /** Short-term loudness, LUFS; null for silence. */
  lufs: number | null;
  /** dB, from 0 Hz to half the rate. */
  bins_db: Float32Array;
}

export class MeterTap {
  private readonly plain: AnalyserNode;
  private readonly weighted: AnalyserNode[];
  private readonly loudness = new ShortTerm();
  private readonly samples = new Float32Array(FRAME);
  private readonly bins_db: Float32Array<ArrayBuffer>;
  private last: number;

  constructor(
    private readonly context: AudioContext,
    source: AudioNode,
    channels: number,
  ) {
    const count = Math.min(channels, CHANNELS_MAX);
    this.plain = new AnalyserNode(context, { fftSize: FRAME, smoothingTimeConstant: 0.7 });
    source.connect(this.plain);
    this.bins_db = new Float32Array(this.plain.frequencyBinCount);
    const splitter = new ChannelSplitterNode(context, { numberOfOutputs: count });
    kWeighting(context.sampleRate)
      .reduce((node: AudioNode, section) => node.connect(new IIRFilterNode(context, section)), source)
      .connect(splitter);
    this.weighted = Array.from({ length: count }, (_, channel) => {
      const analyser = new AnalyserNode(context, { fftSize: FRAME });
      splitter.connect(analyser, channel);
      return analyser;
    });
    this.last = context.currentTime;
  }

  read(): Reading {
    const { currentTime, sampleRate } = this.context;
    const seconds = Math.min(currentTime - this.last, FRAME / sampleRate);
    this.last = currentTime;
    const count = Math.round(seconds * sampleRate);
    let square = 0;
    for (const analyser of this.weighted) {
      analyser.getFloatTimeDomainData(this.samples);
      square += levelOf(this.samples, count).square;
    }
    if (count > 0) this.loudness.push(square, seconds);
    this.plain.getFloatTimeDomainData(this.samples);
    const level = levelOf(this.samples, FRAME);
    this.plain.getFloatFrequencyData(this.bins_db);
    return {
      peak: level.peak,
      rms: Math.sqrt(level.square),
      lufs: this.loudness.lufs,
      bins_db: this.bins_db,
    };
  }
}
