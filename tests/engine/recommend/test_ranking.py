"""One list of what is drawn and what is known: measured alike, in the key where it fits, in a stable order."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import pytest

from engine.errors import OutOfRangeError, UnreadableFileError
from engine.io import progression as symbols
from engine.recommend import ranking, registry
from engine.recommend.ranking import Passage
from engine.score import Note, Score, make_part


def chords(text: str) -> Score:
    return symbols.to_score(symbols.parse(text))


def known(text: str) -> Passage:
    return Passage(id=text, score=chords(text))


def drawn(name: str, given: Score, count: int = 2, **values) -> list[Passage]:
    made = registry.capability(name).propose(given, seed=1, count=count, values=values)
    return [
        Passage(id=f"drawn {number}", score=one.score, chords=one.chords, is_drawn=True)
        for number, one in enumerate(made)
    ]


def ids(fits) -> list[str]:
    return [fit.id for fit in fits]


GIVEN = chords("C | Am | F | G | C | Am | F | G")


def test_progressions_stand_in_one_list_with_the_drawn_ones_each_in_its_best_key():
    fits = ranking.rank(
        "progression",
        GIVEN,
        [*drawn("progression", GIVEN, surprise=1600), known("D | Bm | G | A"), known("C | F# | Eb | A"), known("C")],
        {"surprise": 1600},
    )

    assert ids(fits)[0] == "D | Bm | G | A"
    assert ids(fits)[-1] == "C | F# | Eb | A"
    assert set(ids(fits)) == {"drawn 0", "drawn 1", "D | Bm | G | A", "C | F# | Eb | A"}  # one chord is no progression
    assert fits[0].semitones == -2
    assert fits[0].words == ("In C major: I vi IV V.", "Move it down by 2 semitones.")
    assert [fit.per_event_milli for fit in fits] == sorted((fit.per_event_milli for fit in fits), reverse=True)


@pytest.mark.parametrize("include", ["whole", "new"])
def test_a_drawn_progression_is_judged_by_what_it_adds(include):
    [proposal] = registry.capability("progression").propose(GIVEN, seed=3, count=1, values={"include": include})

    [fit] = ranking.rank(
        "progression",
        GIVEN,
        [Passage(id="it", score=proposal.score, chords=proposal.chords, is_drawn=True)],
        {"include": include},
    )

    assert fit.events * fit.per_event_milli == pytest.approx(proposal.log_likelihood_milli, rel=0.15)


def test_a_melody_is_moved_into_the_key_of_the_chords_and_noise_comes_last():
    [tune] = registry.capability("melody").propose(
        chords("E | C#m | A | B | E | C#m | A | B"), seed=9, count=1, values={}
    )
    chance = random.Random(1)
    noise = make_part(
        [Note(onset=Fraction(i, 2), duration=Fraction(1, 2), pitch_midi=chance.randrange(55, 80)) for i in range(30)]
    )

    fits = ranking.rank(
        "melody",
        GIVEN,
        [
            Passage(id="noise", score=Score(parts=(noise,))),
            Passage(id="tune", score=tune.score),
            *drawn("melody", GIVEN),
        ],
        {},
    )

    assert ids(fits)[-1] == "noise"
    assert next(fit for fit in fits if fit.id == "tune").semitones % 12 == 8  # from E down to C
    assert "are tones of your chords" in next(fit for fit in fits if fit.id == "tune").words[0]


def test_a_melody_in_another_key_is_judged_the_same():
    [tune] = registry.capability("melody").propose(GIVEN, seed=9, count=1, values={})
    alone = replace(tune.score, parts=tune.score.parts[:1], keys=())
    up = alone.transposed(12)

    one, other = ranking.rank("melody", GIVEN, [Passage(id="a", score=alone), Passage(id="b", score=up)], {})

    assert one.per_event_milli == other.per_event_milli
    assert (one.id, other.id) == ("a", "b")


def test_chords_for_a_melody_are_ranked_by_what_the_model_would_put():
    [tune] = registry.capability("melody").propose(GIVEN, seed=3, count=1, values={})
    melody = replace(tune.score, parts=tune.score.parts[:1])

    fits = ranking.rank(
        "chords", melody, [*drawn("chords", melody), known("C | F# | Eb | A"), known("D | Bm | G | A")], {}
    )

    assert set(ids(fits)) == {"drawn 0", "drawn 1", "C | F# | Eb | A", "D | Bm | G | A"}
    assert ids(fits).index("D | Bm | G | A") < ids(fits).index("C | F# | Eb | A")
    assert "notes of your melody belong to its chords" in fits[ids(fits).index("D | Bm | G | A")].words[0]


def test_the_chords_drawn_for_a_melody_have_the_likelihood_they_were_drawn_with():
    [tune] = registry.capability("melody").propose(GIVEN, seed=3, count=1, values={})
    melody = replace(tune.score, parts=tune.score.parts[:1])
    [proposal] = registry.capability("chords").propose(melody, seed=1, count=1, values={})

    [fit] = ranking.rank(
        "chords", melody, [Passage(id="it", score=proposal.score, chords=proposal.chords, is_drawn=True)], {}
    )

    assert fit.events * fit.per_event_milli == pytest.approx(proposal.log_likelihood_milli, abs=fit.events)


def test_polyphony_is_ranked_as_it_goes_on_and_not_where_bars_are_varied():
    [tune] = registry.capability("melody").propose(GIVEN, seed=3, count=1, values={})
    others = [Passage(id="song", score=tune.score), known("C | F# | Eb | A")]

    fits = ranking.rank("polyphony", GIVEN, [*drawn("polyphony", GIVEN, count=1, bars=4), *others], {"bars": 4})

    assert set(ids(fits)) == {"drawn 0", "song", "C | F# | Eb | A"}
    assert ranking.rank("polyphony", GIVEN, others, {"mode": "vary"}) == []


def test_the_frames_drawn_have_the_likelihood_they_were_drawn_with():
    [proposal] = registry.capability("polyphony").propose(GIVEN, seed=1, count=1, values={"bars": 4})

    [fit] = ranking.rank("polyphony", GIVEN, [Passage(id="it", score=proposal.score, is_drawn=True)], {"bars": 4})

    assert fit.events * fit.per_event_milli == pytest.approx(proposal.log_likelihood_milli, rel=0.02)


def test_what_has_no_like_in_a_catalogue_is_not_ranked():
    assert ranking.rank("performance", GIVEN, [known("C | F")], {}) == []
    assert set(ranking.MODULES) == set(ranking.EVENTS) <= set(registry.names())


def test_too_many_passages_and_nothing_to_go_on_from_are_refused():
    with pytest.raises(OutOfRangeError, match="257 passages; at most 256"):
        ranking.rank("progression", GIVEN, [known("C | F")] * 257, {})
    with pytest.raises(UnreadableFileError, match="no chord to go on from"):
        ranking.rank("progression", Score(), [known("C | F")], {})
