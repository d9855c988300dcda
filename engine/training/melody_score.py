"""How the melody model does on songs it never met: likelihood, and whether what it writes could be one of theirs."""

import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np

from engine.recommend.lead_events import Event, contexts
from engine.recommend.lead_network import LeadNetwork, indices
from engine.recommend.melody_stream import MODEL, Live, Steering, character, next_bar
from engine.training import pop909
from engine.training.lead_data import Stretch, stretches
from engine.training.lead_statistics import KINDS, Portrait, divergence, overlap, portrait, total_overlap
from engine.training.score import Measure
from engine.weights import tensors

SEED: Final = 909
_METRICS: Final = {"chord_tones": "chord_tones_on_strong_beats", "density": "notes_per_beat"}
HALVINGS: Final = 20  # random halves of the songs that say how far people lie from people


def measure(data: Path, *, split: str) -> Iterator[Measure]:
    """Likelihood of real melodies, and statistics of drawn ones beside those of the songs they were drawn for.

    Raises
    ------
    UnreadableFileError
        If the folder holds no song of the split, or a broken one.
    """
    found = stretches(pop909.of_split(pop909.read_all(data), split))
    yield from _likelihood(found, split)
    by_song = [list(group) for _, group in groupby(found, key=lambda stretch: stretch.number)]
    humans = [portrait([(one.events, one.setting) for one in song]) for song in by_song]
    started, bars, drawn = time.process_time(), 0, []
    for number, song in enumerate(by_song):
        own = character(SEED, number)
        lines = [(written(one, own, seed=SEED, variant=number * 100 + i), one.setting) for i, one in enumerate(song)]
        bars += sum(-(-one.stop // one.setting.bar_steps) for one in song)
        drawn.append(portrait(lines))
    spent_ms = (time.process_time() - started) * 1000
    yield Measure(
        metric="ms_per_bar",
        value=round(spent_ms / bars, 2),
        convention="processor time of one thread of this machine for one bar, drawn bar by bar",
        count=bars,
    )
    yield from _statistics(humans, drawn, split)


def _likelihood(found: Sequence[Stretch], split: str) -> Iterator[Measure]:
    network = LeadNetwork(tensors.read(MODEL))
    pitch, steps, count, right = 0.0, 0.0, 0, 0
    for stretch in found:
        memory = network.first_memory()
        for told, event in zip(contexts(stretch.events, stretch.setting), stretch.events, strict=True):
            memory = network.remember(indices(told), memory)
            logits = network.pitch_logits(memory, told)
            pitch -= _log_chance(logits, event.token)
            steps -= _log_chance(network.steps_logits(memory, told, event.token), event.steps - 1)
            right += int(logits.argmax()) == event.token
            count += 1
    over = (
        f"all events (notes, and rests of up to 16 sixteenths) of the melodies of POP909's {split} songs on a grid of "
        "sixteenths, true past and chords known"
    )
    for metric, value, words in (
        ("nats_per_event", (pitch + steps) / count, "-ln P of pitch and length"),
        ("nats_per_event_pitch", pitch / count, "-ln P of pitch or rest"),
        ("nats_per_event_length", steps / count, "-ln P of the length given the pitch"),
        ("pitch_accuracy_percent", 100 * right / count, "share of pitches or rests that are the likeliest"),
    ):
        yield Measure(metric=metric, value=round(value, 4), convention=f"{words}, mean over {over}", count=count)


def _log_chance(logits: np.ndarray[tuple[int], np.dtype[np.float32]], index: int) -> float:
    top = float(logits.max())
    return float(logits[index]) - top - float(np.log(np.exp(logits.astype(np.float64) - top).sum()))


def written(stretch: Stretch, own: Steering, *, seed: int, variant: int) -> list[Event]:
    """A melody drawn over the chords of a stretch, as long as the stretch; `own` is what the song does all along."""
    live, events = Live(seed=seed, variant=variant), list[Event]()
    while live.step < stretch.stop:
        new, live = next_bar(live, stretch.setting, own)
        events += new
    return [event for event in events if event.step < stretch.stop]


def _statistics(humans: list[Portrait], drawn: list[Portrait], split: str) -> Iterator[Measure]:
    songs = f"POP909's {split} songs, one melody drawn over each song's chords where it sings, as by default"
    for name in ("chord_tones", "density"):
        people, model = (np.array([getattr(one, name) for one in side]) for side in (humans, drawn))
        low, high = np.percentile(people, [25, 75])
        for who, figure in (
            ("drawn", model.mean()),
            ("people", people.mean()),
            ("people_low", low),
            ("people_high", high),
        ):
            yield Measure(
                metric=f"{_METRICS[name]}_{who}",
                value=round(float(figure), 4),
                convention=f"mean over {songs}; people's own, with quartiles over songs as their range",
                count=len(humans),
            )
    for kind, name in enumerate(KINDS):
        low, mean = _people(humans, kind)
        for metric, value, words in (
            ("overlap_drawn", overlap(humans, drawn, kind), "overlapped area, inside people / from people to drawn"),
            ("overlap_people", mean, f"the same between random halves of the people, {HALVINGS} halvings"),
            ("overlap_people_low", low, "the lowest of those: the edge of people's own range"),
            ("divergence_drawn", divergence(humans, drawn, kind), "Kullback-Leibler divergence of the same, nats"),
            ("histogram_overlap_drawn", total_overlap(humans, drawn, kind), "overlap of mean histograms"),
        ):
            yield Measure(
                metric=f"{name}_{metric}",
                value=round(value, 4),
                convention=f"{words} (Yang and Lerch 2020), {name} histograms, {songs}",
                count=len(humans),
            )


def _people(humans: list[Portrait], kind: int) -> tuple[float, float]:
    """Lowest and mean overlap of one half of the songs with the other."""
    chance = np.random.default_rng(SEED)
    found = []
    for _ in range(HALVINGS):
        order = chance.permutation(len(humans))
        halves = [[humans[i] for i in order[side::2]] for side in (0, 1)]
        found.append(overlap(halves[0], halves[1], kind))
    return min(found), float(np.mean(found))
