import re
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from engine.errors import LimitExceededError, OutOfRangeError
from engine.recommend import performance, performance_score
from engine.recommend.performance_features import ACCOMPANIMENT, BRIDGE, FEATURES, MELODY, features
from engine.recommend.performance_time import LATE_MAX, moved
from engine.score import MeterMark, Note, Score, make_part
from engine.weights import tensors

BARS = 8


def song() -> Score:
    """A tune over broken chords and a beat, 4/4."""
    tune = [(beat, [72, 74, 76, 79, 77, 76, 74, 71][beat % 8]) for beat in range(4 * BARS)]
    chords = [(Fraction(step, 2), 48 + [0, 7, 12, 16][step % 4] + (step // 8 % 2) * 5) for step in range(8 * BARS)]
    beat = [(beat, 36) for beat in range(4 * BARS)]
    return Score(
        parts=(
            make_part([Note(onset=Fraction(at), duration=Fraction(1), pitch_midi=p) for at, p in tune]),
            make_part([Note(onset=at, duration=Fraction(1, 2), pitch_midi=p) for at, p in chords], name="Piano"),
            make_part(
                [Note(onset=Fraction(at), duration=Fraction(1, 4), pitch_midi=p) for at, p in beat], is_drums=True
            ),
        ),
        meters=(MeterMark(at=Fraction(0), numerator=4, denominator=4),),
    )


def played(seed=1, count=1, **values):
    return list(performance.propose(song(), seed=seed, count=count, values=values))


def velocities(proposal):
    return np.array([note.velocity for part in proposal.score.parts if not part.is_drums for note in part.notes])


def lateness(proposal):
    return [
        float(after.onset - before.onset)
        for old, new in zip(song().parts[:2], proposal.score.parts, strict=False)
        for before, after in zip(old.notes, new.notes, strict=True)
    ]


def test_the_same_seed_plays_alike_and_another_does_not():
    first, again, other = played(seed=5), played(seed=5), played(seed=6)

    assert first == again
    assert first[0].score != other[0].score


def test_a_version_is_the_same_however_many_are_asked_for():
    assert played(count=3)[1] == played(count=2)[1]


def test_pitches_order_and_drums_stay():
    (proposal,) = played()

    for before, after in zip(song().parts, proposal.score.parts, strict=True):
        assert [note.pitch_midi for note in after.notes] == [note.pitch_midi for note in before.notes]
    assert proposal.score.parts[2] == song().parts[2]


def test_every_velocity_can_be_played_and_they_differ():
    loud = velocities(played()[0])

    assert loud.min() >= 1
    assert loud.max() <= 127
    assert len(set(loud.tolist())) > 10


def test_contrast_and_loudness_do_what_they_say():
    flat, plain, wide = (velocities(played(contrast_milli=amount)[0]) for amount in (0, 1000, 2000))
    soft, strong = (velocities(played(loudness=amount)[0]) for amount in (-20, 20))

    assert flat.std() == 0
    assert wide.std() > 1.5 * plain.std()
    assert strong.mean() - soft.mean() > 35


def test_styles_differ_as_their_words_say():
    loud = {style: velocities(played(style=style)[0]) for style in ("strict", "gentle", "expressive", "driving")}

    assert loud["strict"].std() < loud["gentle"].std() < loud["expressive"].std()
    assert loud["gentle"].mean() < loud["driving"].mean() - 10


def test_strict_playing_stays_on_the_grid_and_a_laid_back_melody_comes_late():
    strict, laid_back = lateness(played(style="strict")[0]), lateness(played(style="laid_back")[0])
    still = lateness(played(style="laid_back", timing_milli=0)[0])
    tune = 4 * BARS

    assert not any(strict)
    assert not any(still)
    assert np.mean(laid_back[:tune]) > np.mean(laid_back[tune:]) > 0


def test_nothing_moves_past_its_neighbour_or_runs_into_its_own_key():
    notes = [Note(onset=Fraction(i, 4), duration=Fraction(1, 4), pitch_midi=60) for i in range(16)]

    after = moved(notes, [Fraction((-1) ** i, 2) for i in range(16)])

    assert [round(note.onset * 4) for note in after] == list(range(16))
    assert all(a.offset <= b.onset for a, b in pairwise(after))
    assert all(abs(b.onset - a.onset) <= LATE_MAX for a, b in zip(notes, after, strict=True))


def test_roles_follow_names_first_then_lines():
    tune, low = song().parts[0], replace(song().parts[0], notes=song().parts[1].notes)

    assert performance_score.roles(song()) == {0: MELODY, 1: ACCOMPANIMENT}
    assert performance_score.roles(Score(parts=(replace(tune, name="BRIDGE"), tune))) == {0: BRIDGE, 1: MELODY}
    assert performance_score.roles(Score(parts=(low, tune))) == {0: BRIDGE, 1: MELODY}


def test_features_know_nothing_of_velocity():
    loud = replace(song(), parts=tuple(
        replace(part, notes=tuple(replace(note, velocity=1 + note.pitch_midi) for note in part.notes))
        for part in song().parts
    ))  # fmt: skip

    quiet_seen, loud_seen = (features(performance_score.written(score)[0]) for score in (song(), loud))

    assert quiet_seen.shape == (12 * BARS, FEATURES)
    assert np.array_equal(quiet_seen, loud_seen)


def test_what_cannot_be_played_is_refused():
    many = make_part([Note(onset=Fraction(i), duration=Fraction(1), pitch_midi=60) for i in range(50_001)])

    with pytest.raises(OutOfRangeError, match="no pitched note"):
        list(performance.propose(Score(), seed=1, count=1, values={}))
    with pytest.raises(LimitExceededError, match="50001 notes"):
        list(performance.propose(Score(parts=(many,)), seed=1, count=1, values={}))
    with pytest.raises(OutOfRangeError, match="style is 'rude'"):
        played(style="rude")
    with pytest.raises(OutOfRangeError, match="seed"):
        played(seed=-1)


def test_one_note_can_be_played():
    one = Score(parts=(make_part([Note(onset=Fraction(0), duration=Fraction(1), pitch_midi=60)]),))

    (proposal,) = performance.propose(one, seed=1, count=1, values={})

    assert proposal.score.note_count == 1


def test_the_card_names_the_weights_it_describes():
    card = tensors.path_of(performance.MODEL).with_suffix(".md").read_text()

    assert re.findall(r"\b[0-9a-f]{64}\b", card) == [tensors.hash_of(performance.MODEL)]
