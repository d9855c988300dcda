import re
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from engine.errors import LimitExceededError, NotAMelodyError, OutOfRangeError
from engine.io import progression
from engine.recommend import variation, variation_melody
from engine.recommend.lead_events import REST, Event
from engine.recommend.skeleton import joined, spans, structural
from engine.score import Note, Score, make_part
from engine.weights import tensors
from tests.engine.recommend.melodies import TWINKLE, melody


def varied(score, seed=1, count=1, **values):
    return list(variation.propose(score, seed=seed, count=count, values=values))


def keys(notes):
    return {(note.onset, note.pitch_midi) for note in notes}


def test_the_same_seed_sings_alike_and_another_does_not():
    first, again, other = (varied(melody(TWINKLE), seed=seed) for seed in (7, 7, 8))

    assert first == again
    assert first[0].score != other[0].score


def test_a_version_is_the_same_however_many_are_asked_for():
    assert varied(melody(TWINKLE), count=3)[2] == varied(melody(TWINKLE), count=4)[2]


@pytest.mark.parametrize("keep", ["halves", "beats", "all"])
@pytest.mark.parametrize("density", [1000, 2500, 4000])
def test_every_structural_note_stays_in_place_and_pitch(keep, density):
    given = melody(TWINKLE)
    source = variation_melody.read(given, keep=keep)
    structural_notes = {
        (source.notes[span.first.step][0].onset, source.notes[span.first.step][0].pitch_midi) for span in source.spans
    }

    for proposal in varied(given, count=3, keep=keep, density_milli=density):
        assert structural_notes <= keys(proposal.score.parts[0].notes)


@pytest.mark.parametrize("density", [1000, 1500, 2000, 3000, 4000])
def test_as_many_notes_are_sung_as_were_asked_for(density):
    for proposal in varied(melody(TWINKLE), count=3, density_milli=density):
        notes = proposal.score.parts[0].notes

        assert len(notes) == density * 16 / 1000


def test_one_note_sounds_at_a_time_and_the_end_stays():
    given = melody(TWINKLE)

    for proposal in varied(given, count=4, density_milli=3000):
        notes = proposal.score.parts[0].notes

        assert all(before.offset <= after.onset for before, after in pairwise(notes))
        assert notes[-1].offset == given.end


def test_ornaments_on_beats_are_tones_of_the_chord_that_sounds():
    tune = make_part(
        [Note(onset=Fraction(2 * i), duration=Fraction(2), pitch_midi=p) for i, p in enumerate([67, 64] * 4)]
    )
    chords = progression.to_score(progression.parse("| C | C | C | C |")).parts[0]

    (proposal,) = varied(Score(parts=(tune, chords)), density_milli=2000)

    on_beats = [note for note in proposal.score.parts[0].notes if note.onset.denominator == 1]
    assert len(on_beats) > 4
    assert all(note.pitch_midi % 12 in {0, 4, 7} for note in on_beats)
    assert proposal.score.parts[1] == chords


def test_triplets_and_rests_stay_as_they_came():
    line = [(67, 1), (69, "1/3"), (71, "1/3"), (72, "1/3"), (74, 2), (0, 4), (71, 2), (67, 2)]
    given = melody(line)

    (proposal,) = varied(given, density_milli=2000)

    notes = proposal.score.parts[0].notes
    assert keys(note for note in given.parts[0].notes if note.onset < 2) <= keys(notes)
    assert not [note for note in notes if 4 <= note.onset < 8]


def test_a_melody_with_a_pickup_and_far_from_middle_c_can_be_varied():
    for move in (-30, 36):
        (proposal,) = varied(melody([(67, 1), *TWINKLE], move=move))

        assert proposal.score.parts[0].program == 73
        assert abs(np.mean([note.pitch_midi for note in proposal.score.parts[0].notes]) - 71 - move) < 5


def test_out_of_reach_is_said():
    (proposal,) = varied(melody(TWINKLE), keep="all", density_milli=500)

    assert any("0.5 a beat were asked for" in remark for remark in proposal.remarks)


def test_what_is_no_melody_is_refused():
    chord = make_part([Note(onset=Fraction(0), duration=Fraction(2), pitch_midi=pitch) for pitch in (60, 64)])
    wide = make_part([Note(onset=Fraction(i), duration=Fraction(1), pitch_midi=30 + 60 * i) for i in range(2)])
    long = make_part([Note(onset=Fraction(40_000), duration=Fraction(1), pitch_midi=60)])

    with pytest.raises(NotAMelodyError):
        varied(Score())
    with pytest.raises(NotAMelodyError, match="two notes"):
        varied(Score(parts=(chord,)))
    with pytest.raises(OutOfRangeError, match="60 semitones"):
        varied(Score(parts=(wide,)))
    with pytest.raises(LimitExceededError):
        varied(Score(parts=(long,)))
    with pytest.raises(OutOfRangeError, match="keep is 'none'"):
        varied(melody(TWINKLE), keep="none")


def test_structural_notes_are_strong_long_or_at_the_edge_of_a_phrase():
    events = joined([
        Event(0, 20, 2), Event(2, 22, 2), Event(4, 24, 1), Event(5, REST, 1), Event(6, 25, 1), Event(7, 24, 1),
        Event(8, 20, 2), Event(10, 22, 2), Event(12, REST, 8),
    ])  # fmt: skip

    marks = structural(events, bar_steps=16, keep="halves")

    assert [event.step for event, mark in zip(events, marks, strict=True) if mark] == [0, 8, 10]
    assert [(span.steps, span.notes, span.after) for span in spans(events, marks)] == [
        (8, 5, 20),
        (2, 1, 22),
        (2, 1, REST),
    ]


def test_the_card_names_the_weights_it_describes():
    card = tensors.path_of(variation.MODEL).with_suffix(".md").read_text()

    assert re.findall(r"\b[0-9a-f]{64}\b", card) == [tensors.hash_of(variation.MODEL)]
