import * as Turbo from "@hotwired/turbo";
import { LLChart } from "../shared/chart/ll-chart";
import { startDialogs } from "../shared/dialogs";
import { startForms } from "../shared/forms";
import { LLFlow } from "../shared/graph/ll-flow";
import { LLGraph } from "../shared/graph/ll-graph";
import { LLJob } from "../shared/jobs/ll-job";
import { LLPalette } from "../shared/ll-palette";
import { LLPiano } from "../shared/ll-piano";
import { LLPick } from "../shared/ll-pick";
import { LLProposals } from "../shared/ll-proposals";
import { LLRoll } from "../shared/ll-roll";
import { LLToasts } from "../shared/ll-toasts";
import { LLTuner } from "../shared/ll-tuner";
import { LLWait } from "../shared/ll-wait";
import { LLWaveform } from "../shared/ll-waveform";
import { startNavigation } from "../shared/navigation";
import { LLPlayer } from "../shared/player/ll-player";
import { player } from "../shared/player/player";
import { startRows } from "../shared/player/rows";
import { LLScale } from "../shared/scale/ll-scale";
import { LLScore } from "../shared/score/ll-score";
import { LLWheel } from "../shared/score/ll-wheel";
import { startTheme } from "../shared/theme";
import { LLUpload } from "../shared/upload/ll-upload";

const ELEMENTS: Record<string, CustomElementConstructor> = {
  "ll-chart": LLChart,
  "ll-flow": LLFlow,
  "ll-graph": LLGraph,
  "ll-job": LLJob,
  "ll-palette": LLPalette,
  "ll-piano": LLPiano,
  "ll-pick": LLPick,
  "ll-player": LLPlayer,
  "ll-proposals": LLProposals,
  "ll-roll": LLRoll,
  "ll-scale": LLScale,
  "ll-score": LLScore,
  "ll-toasts": LLToasts,
  "ll-tuner": LLTuner,
  "ll-upload": LLUpload,
  "ll-wait": LLWait,
  "ll-waveform": LLWaveform,
  "ll-wheel": LLWheel,
};

/** Everything that a page needs to be alive. Called once per full load; Turbo turns the pages after that. */
export function start(): void {
  // Forms are the browser's own unless one asks with data-turbo="true": checkout leaves the site, refusals answer 200.
  Turbo.config.forms.mode = "optin";
  Turbo.start();
  for (const [name, element] of Object.entries(ELEMENTS)) customElements.define(name, element);
  startTheme();
  startNavigation();
  startRows();
  startDialogs();
  startForms();
  player.restore();
  window.addEventListener("pagehide", () => player.keep());
}
