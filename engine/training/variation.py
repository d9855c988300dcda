"""Train the network that fills the spans between the structural notes of a melody.

python -m engine.training variation --data FOLDER [--out FILE] [--seed N] [--epochs N]

FOLDER holds POP909. Its melodies are reduced to the notes they stand on, and the network learns to find the others
again. A run that was cut off goes on from the checkpoint beside --out.
"""

import argparse
import random
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

import torch

from engine.recommend.lead_events import NO_ROOT, REST, Harmony, Setting, contexts
from engine.recommend.skeleton import EXTRA, extra_of, joined, spans, structural
from engine.training import pop909
from engine.training.fitting import Fit, Task
from engine.training.lead_data import Stretch, stretches
from engine.training.lead_loop import LeadTwin, Line, batches, line_of, loss_of, mean_nats
from engine.weights import tensors

MODEL: Final = "variation-1"
SEED: Final = 909
EPOCHS: Final = 10
LEARNING_RATE: Final = 4e-3
VERSIONS: Final = (("halves", True), ("beats", True), ("halves", False))  # what is kept, whether chords are told


def main() -> None:
    """Read the command line, train, and write the weights."""
    parser = argparse.ArgumentParser(prog="engine.training variation", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of POP909")
    parser.add_argument("--out", type=Path, default=tensors.path_of(MODEL))
    parser.add_argument("--cache", type=Path, help="keep the songs, once read, in this file")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    songs = pop909.read_all(options.data, cache=options.cache)
    found = {split: stretches(pop909.of_split(songs, split)) for split in ("train", "valid")}
    train(found["train"], found["valid"], options.out, seed=options.seed, epochs=options.epochs)


def line(stretch: Stretch, keep: str, *, with_chords: bool) -> Line:
    """A stretch whose structural notes and rests are given, to learn its ornaments and all lengths from."""
    events = joined(stretch.events)
    setting = stretch.setting if with_chords else without_chords(stretch.setting)
    is_first = structural(events, bar_steps=setting.bar_steps, keep=keep)
    around = iter(spans(events, is_first))
    more, left = [], [0, 0, REST]  # notes, steps, what follows
    for event, first in zip(events, is_first, strict=True):
        if first:
            span = next(around)
            left = [span.notes, span.steps, span.after]
        if event.token == REST:
            left = [0, event.steps, REST]
        more.append(extra_of(notes_left=left[0], steps_left=left[1], after=left[2], is_structural=first))
        left = [left[0] - 1, left[1] - event.steps, left[2]]
    return line_of(
        list(contexts(events, setting)),
        [event.token for event in events],
        [min(event.steps, 16) for event in events],
        more=more,
        extra=EXTRA,
        is_given=[first or event.token == REST for event, first in zip(events, is_first, strict=True)],
        # The last note of a span ends with it: nothing is chosen.
        is_set=[values[0] <= 1 for values in more],
    )


def without_chords(setting: Setting) -> Setting:
    """The same setting where no chord is known."""
    return replace(setting, harmonies=(Harmony(-1 << 20, NO_ROOT, frozenset()),))


def train(found: list[Stretch], valid: list[Stretch], out: Path, *, seed: int, epochs: int) -> None:
    """Fit the network; in each epoch every stretch is reduced in one way, in the next in another."""
    torch.manual_seed(seed)
    versions = [[line(one, keep, with_chords=chords) for one in found] for keep, chords in VERSIONS]
    measured = [line(one, "halves", with_chords=True) for one in valid]
    fit = Fit(LeadTwin(EXTRA), out.with_suffix(".checkpoint"), learning_rate=LEARNING_RATE)

    def drawn(epoch: int) -> list[Line]:
        return [versions[(epoch + number) % len(versions)][number] for number in range(len(found))]

    steps = sum(1 for _ in batches(drawn(0), random.Random(seed)))  # noqa: S311 - shuffling music, not keys
    task = Task(
        batches=lambda epoch: batches(drawn(epoch), random.Random(seed + epoch)),  # noqa: S311
        loss=loss_of,
        validate=lambda network: sum(mean_nats(network, measured)[:2]),
        keep=lambda network: _tell(f"sha256 {tensors.write(out, network.state_dict())}"),
    )
    fit.run(task, epochs=epochs, steps_per_epoch=steps, tell=_tell)


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
