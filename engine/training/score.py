"""Measure a model on any folder laid out as the data it was trained on, and print what was measured as JSON.

python -m engine.training score NAME --data FOLDER [--split test]
"""

import argparse
import importlib
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Protocol

from engine.errors import EngineError

# Name of a model's task -> module of this package that has `measure`.
SCORERS: Final[dict[str, str]] = {
    "chords": "chords_scores",
    "harmony": "voices_scores",
    "mastering": "mastering_scores",
    "melody": "melody_score",
    "mixing": "mixing_scores",
    "performance": "performance_score",
    "polyphony": "polyphony_scores",
    "progression": "progression_scores",
    "timbre": "timbre_scores",
    "variation": "variation_score",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One figure.

    metric : what it is called in the field, its unit in the name ("nats_per_step", "frame_accuracy_percent")
    value : the figure
    convention : in one sentence, over what it is taken and how, so that others can take the same
    count : over how many (steps, notes, chords, songs; the convention says which)
    """

    metric: str
    value: float
    convention: str
    count: int


class Scorer(Protocol):
    """`measure` of a scorer's module: a folder and the name of a split, to figures."""

    def __call__(self, data: Path, *, split: str) -> Iterable[Measure]:  # noqa: D102 - the class says it
        ...


def main() -> None:
    """Read the command line and print one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m engine.training score", description=__doc__)
    parser.add_argument("name", choices=sorted(SCORERS), metavar="NAME", help=", ".join(sorted(SCORERS)))
    parser.add_argument("--data", type=Path, required=True, help="folder laid out as the training data")
    parser.add_argument("--split", default="test", help="which part of it, where the folder has parts (default test)")
    options = parser.parse_args()
    scorer: Scorer = importlib.import_module(f"engine.training.{SCORERS[options.name]}").measure
    try:
        measures = [asdict(one) for one in scorer(options.data, split=options.split)]
    except (EngineError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None
    sys.stdout.write(json.dumps({"name": options.name, "data": str(options.data), "measures": measures}) + "\n")


if __name__ == "__main__":
    main()
