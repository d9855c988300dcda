/** The workbench: only its pages load this. */
import { LLAb } from "./ll-ab";
import { LLBench } from "./ll-bench";
import { LLChain } from "./ll-chain";
import { LLConsole } from "./ll-console";
import { LLDeck } from "./ll-deck";
import { LLEditor } from "./ll-editor";
import { LLHeard } from "./ll-heard";
import { LLLoudness } from "./ll-loudness";
import { LLMap } from "./ll-map";
import { LLMeters } from "./ll-meters";
import { LLRegion } from "./ll-region";
import { LLSlider } from "./ll-slider";
import { LLSpectra } from "./ll-spectra";

const ELEMENTS: Record<string, CustomElementConstructor> = {
  "ll-ab": LLAb,
  "ll-chain": LLChain,
  "ll-console": LLConsole,
  "ll-deck": LLDeck,
  "ll-editor": LLEditor,
  "ll-heard": LLHeard,
  "ll-loudness": LLLoudness,
  "ll-map": LLMap,
  "ll-meters": LLMeters,
  "ll-region": LLRegion,
  "ll-slider": LLSlider,
  "ll-spectra": LLSpectra,
  // Last: it speaks to the others.
  "ll-bench": LLBench,
};

for (const [name, element] of Object.entries(ELEMENTS)) {
  if (!customElements.get(name)) customElements.define(name, element);
}
