"""How near the lead-sheet network comes to the chords people put under melodies, and a hidden Markov model."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.recommend import lead_sheet_writer
from engine.recommend.chord_tokens import NO_CHORD, moved, root_of, tones_of
from engine.recommend.lead_sheet_writer import Wish
from engine.training import pop909
from engine.training.chords_baseline import HiddenMarkov
from engine.training.chords_data import Sheet, sheets_of
from engine.training.chords_loop import nats_per_half_bar
from engine.training.harmonisation_metrics import METRICS, metrics
from engine.training.score import Measure

_PLACES = "half bars from the bar where the melody begins to the one where it ends that the annotation gives a chord"
DRAWS = 5  # of the model's chords for every song, so that luck says less
COOLER_MILLI = 950  # a temperature beside the default's
_MEAN = "mean over songs of the figure of Yeh et al. 2021 on half bars, 12 roots x 13 qualities, 16th-note frames"
_DRAWN = f"{_MEAN}, mean of {DRAWS} drawn harmonisations of every song"
Chords = Sequence[NDArray[np.int64]]


def measure(data: Path, *, split: str) -> Iterator[Measure]:
    """Accuracy of the likeliest chords, and the six figures of people, of our draws and of the baseline."""
    songs = pop909.read_all(data)
    sheets = sheets_of(pop909.of_split(songs, split))
    network = lead_sheet_writer.load()
    places = sum(len(sheet.chords) for sheet in sheets)
    nats = nats_per_half_bar(network, sheets)
    yield _of(
        "nats_per_half_bar", nats, f"-ln P given the melody and the true chords before, {places} half bars", places
    )
    sets = {"model": harmonised(sheets, 0)}
    train = [song for song in songs if song.split == "train"]
    if train:
        baseline = HiddenMarkov(sheets_of(train))
        sets["hmm"] = [baseline.harmonise(sheet) for sheet in sheets]
    for name, found in sets.items():
        yield from _accuracy(name, sheets, found)
    people = [sheet.chords for sheet in sheets]
    for name, found in {"human": people, **sets}.items():
        if name != "model":
            yield from _figures(name, sheets, [found], _MEAN)
    # Likeliest chords are duller than people's: what is proposed is drawn, and so are the chords judged here.
    for name, milli in (("model", Wish().temperature_milli), (f"model_at_{COOLER_MILLI}", COOLER_MILLI)):
        drawn = [harmonised(sheets, milli, seed=seed) for seed in range(DRAWS)]
        yield from _figures(name, sheets, drawn, _DRAWN)


def _figures(name: str, sheets: Sequence[Sheet], sets: Sequence[Chords], convention: str) -> Iterator[Measure]:
    rows = [metrics(sheet.notes, chords) for found in sets for sheet, chords in zip(sheets, found, strict=True)]
    for metric in METRICS:
        yield _of(f"{metric}_{name}", float(np.mean([row[metric] for row in rows])), convention, len(sheets))


def harmonised(sheets: Sequence[Sheet], temperature_milli: int, *, seed: int = 0) -> list[NDArray[np.int64]]:
    """Our chords for every melody in its own key; 0 takes the likeliest at each half bar."""
    network, wish = lead_sheet_writer.load(), Wish(temperature_milli=temperature_milli)
    found = []
    for index, sheet in enumerate(sheets):
        chords, _ = lead_sheet_writer.write(network, sheet.rows, wish, seed=seed, variant=index)
        found.append(np.array([moved(token, sheet.home) for token in chords.tolist()], np.int64))
    return found


def _accuracy(name: str, sheets: Sequence[Sheet], found: Chords) -> Iterator[Measure]:
    true = np.concatenate([sheet.chords for sheet in sheets])
    ours = np.concatenate(list(found))[true != NO_CHORD]
    true = true[true != NO_CHORD]
    kinds = {
        "chord": (true == ours, "root and quality out of 13 are right"),
        "triad": ([tones_of(a)[:3] == tones_of(b)[:3] for a, b in zip(true, ours, strict=True)], "the triad is right"),
        "root": ([root_of(a) == root_of(b) for a, b in zip(true, ours, strict=True)], "the root is right"),
    }
    how = "likeliest choice at each half bar" if name == "model" else "likeliest path, bigram hidden Markov model"
    for kind, (right, words) in kinds.items():
        yield _of(
            f"{kind}_accuracy_percent_{name}", 100 * float(np.mean(right)), f"{words}, {how}; {_PLACES}", len(true)
        )


def _of(metric: str, value: float, convention: str, count: int) -> Measure:
    return Measure(metric=metric, value=round(value, 4), convention=convention, count=count)
