"""`python -m engine.training NAME ...`: train one model; every trainer is a module of this package with a `main`.

`python -m engine.training score NAME --data FOLDER` measures a model on any folder laid out as its training data.
"""

import importlib
import sys
from typing import Final

_NAMES: Final = (
    "chords",
    "denoiser",
    "drums",
    "harmony",
    "instruments",
    "known_figures",
    "known_music",
    "mastering",
    "melody",
    "mixing",
    "notes",
    "performance",
    "polyphony",
    "progression",
    "score",
    "timbre",
    "tonal",
    "variation",
    "voices",
)


def run() -> int:
    """Hand the rest of the command line to the trainer that the first word names."""
    if len(sys.argv) < 2 or sys.argv[1] not in _NAMES:
        print(f"usage: python -m engine.training {{{','.join(_NAMES)}}} ...", file=sys.stderr)
        return 2
    name = sys.argv.pop(1)
    importlib.import_module(f"engine.training.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(run())
