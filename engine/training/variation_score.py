"""How the variation model does on songs it never met: what stays, how many notes come, and how they fit the chords."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from engine.recommend import variation
from engine.recommend.lead_events import NO_ROOT, PITCH_LOW, REST, STEPS_PER_QUARTER, Listener, pitch_of
from engine.recommend.skeleton import EXTRA
from engine.recommend.variation_melody import Source, read
from engine.score import Note, Score, make_part
from engine.training import pop909
from engine.training.lead_data import Stretch, stretches
from engine.training.score import Measure
from engine.weights import tensors

SEED: Final = 909
DENSITIES_MILLI: Final = (1500, 2000, 2500, 3000)


@dataclass(slots=True)
class _Tally:
    structural: int = 0
    kept: int = 0
    on_beats: int = 0
    in_chord: int = 0


def measure(data: Path, *, split: str) -> Iterator[Measure]:
    """Structural notes kept, error of the number of notes, chord tones on beats, and likelihood of real ornaments.

    Raises
    ------
    UnreadableFileError
        If the folder holds no song of the split, or a broken one.
    """
    found = stretches(pop909.of_split(pop909.read_all(data), split))
    tally, errors, out_of_reach = _Tally(), [], 0
    for number, stretch in enumerate(found):
        given, density = score_of(stretch), DENSITIES_MILLI[number % len(DENSITIES_MILLI)]
        source = read(given, keep="halves")
        values = {"density_milli": density}
        (proposal,) = variation.propose(given, seed=SEED + number, count=1, values=values)
        notes = proposal.score.parts[0].notes
        _count(tally, source, notes, stretch)
        least, most = (sum(variation.deal(source, far, np.zeros(len(source.spans)))) for far in (0.0, 99.0))
        asked = density / 1000 * variation.beats_sung(source)
        if least <= asked <= most:
            errors.append(abs(len(notes) - asked) / asked)
        else:
            out_of_reach += 1
    songs = (
        f"stretches of singing in POP909's {split} songs, "
        f"in turn at {', '.join(map(str, DENSITIES_MILLI))} thousandths of a note a beat"
    )
    yield Measure(
        metric="skeleton_recall_percent",
        value=round(100 * tally.kept / tally.structural, 4),
        convention=f"structural notes (keep: halves) found in the variation at their onset and pitch, {songs}",
        count=tally.structural,
    )
    yield Measure(
        metric="density_error_percent",
        value=round(100 * float(np.mean(errors)), 4),
        convention=f"|notes - asked| / asked, asked = density times beats sung, mean over {songs} that can hold it",
        count=len(errors),
    )
    yield Measure(
        metric="density_out_of_reach",
        value=out_of_reach,
        convention="variations left out above: fewer notes asked than are structural, or more than sixteenths",
        count=len(errors) + out_of_reach,
    )
    yield Measure(
        metric="chord_tones_on_beats_percent",
        value=round(100 * tally.in_chord / max(tally.on_beats, 1), 3),
        convention=f"ornaments on a beat under a known chord that are tones of it, {songs}",
        count=tally.on_beats,
    )
    yield from _likelihood(found, split)


def score_of(stretch: Stretch) -> Score:
    """A stretch as notes, in the network's key, with its chords in close position beside it."""
    notes = [
        Note(onset=_at(event.step), duration=_at(event.steps), pitch_midi=pitch_of(event.token))
        for event in stretch.events
        if event.token != REST
    ]
    return Score(parts=(make_part(notes, name="Melody"), make_part(_chords(stretch), name="Chords")))


def _at(step: int) -> Fraction:
    return Fraction(step, STEPS_PER_QUARTER)


def _chords(stretch: Stretch) -> list[Note]:
    found = []
    harmonies = stretch.setting.harmonies
    for index, harmony in enumerate(harmonies):
        after = harmonies[index + 1].step if index + 1 < len(harmonies) else stretch.stop
        start, stop = max(harmony.step, 0), min(after, stretch.stop)
        if stop > start and harmony.root != NO_ROOT:
            pitches = [36 + harmony.root, *(PITCH_LOW + tone for tone in harmony.tones)]
            found += [Note(onset=_at(start), duration=_at(stop - start), pitch_midi=pitch) for pitch in pitches]
    return found


def _count(tally: _Tally, source: Source, notes: Sequence[Note], stretch: Stretch) -> None:
    there = {(note.onset, note.pitch_midi) for note in notes}
    first = {span.first.step for span in source.spans}
    for span in source.spans:
        tally.structural += 1
        tally.kept += (_at(span.first.step), pitch_of(span.first.token) - source.shift) in there
    listener = Listener(stretch.setting)
    for note in notes:
        step = note.onset * STEPS_PER_QUARTER
        if step % STEPS_PER_QUARTER == 0 and int(step) not in first:
            now = listener.tell(int(step)).now
            if now.root != NO_ROOT:
                tally.on_beats += 1
                tally.in_chord += note.pitch_midi % 12 in now.tones


def _likelihood(found: Sequence[Stretch], split: str) -> Iterator[Measure]:
    import torch

    from engine.training.lead_loop import LeadTwin, mean_nats
    from engine.training.variation import line

    network = LeadTwin(EXTRA).eval()
    network.load_state_dict({name: torch.from_numpy(value) for name, value in tensors.read(variation.MODEL).items()})
    pitch, steps, count = mean_nats(network, [line(one, "halves", with_chords=True) for one in found])
    over = (
        f"events with a choice in the melodies of POP909's {split} songs, structural notes and numbers of notes given"
    )
    for metric, value, words in (
        ("nats_per_event_pitch", pitch, "-ln P of the ornaments' pitches"),
        ("nats_per_event_length", steps, "-ln P of the lengths"),
    ):
        yield Measure(metric=metric, value=round(value, 4), convention=f"{words}, mean over {over}", count=count)
