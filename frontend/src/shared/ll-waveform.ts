import { FollowingPicture } from "./following";
import { fitPeaks, type Peaks, parsePeaks } from "./peaks";

/** `<ll-waveform peaks="base64 or JSON" | src="address of JSON" [seekable] [track="id"]>` */
export class LLWaveform extends FollowingPicture {
  protected readonly label = "waveform" as const;
  private peaks: Peaks = [];

  protected async load(): Promise<void> {
    const inline = this.getAttribute("peaks");
    const address = this.getAttribute("src");
    if (inline) this.peaks = parsePeaks(inline);
    else if (address) {
      const answer = await fetch(address);
      if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
      this.peaks = parsePeaks(await answer.json());
    }
  }

  protected draw(pen: CanvasRenderingContext2D, width: number, height: number, fraction: number): void {
    const step = height > 100 ? 4 : 3;
    const columns = fitPeaks(this.peaks, Math.floor(width / step));
    const middle = height / 2;
    const [rest, heard] = [this.colour("--line-strong"), this.colour("--accent")];
    pen.fillStyle = this.colour("--line");
    pen.fillRect(0, Math.round(middle), width, 1);
    columns.forEach(([low, high], column) => {
      const top = middle - high * (middle - 1);
      const tall = Math.max(1, (high - low) * (middle - 1));
      pen.fillStyle = (column + 0.5) / columns.length <= fraction ? heard : rest;
      pen.fillRect(column * step, top, step - 1, tall);
    });
    if (fraction > 0) {
      pen.fillStyle = heard;
      pen.fillRect(Math.round(fraction * width), 0, 1, height);
    }
  }
}
