from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from engine.errors import LimitExceededError, NotAMelodyError, OutOfRangeError
from engine.recommend import registry, voices
from engine.recommend.capability import Proposal
from engine.recommend.voices_parts import RANGES, UNKNOWN, lay_out
from engine.score import MeterMark, Note, Part, Score, make_part

TUNE = (67, 69, 71, 72, 74, 72)
BASS = (48, 53)


def notes(pitches, *, velocity: int = 66) -> list[Note]:
    return [
        Note(onset=Fraction(at), duration=Fraction(1), pitch_midi=pitch, velocity=velocity)
        for at, pitch in enumerate(pitches)
        if pitch
    ]


def score(*parts: Part) -> Score:
    return Score(parts=parts, meters=(MeterMark(at=Fraction(0), numerator=4, denominator=4),))


def line(pitches, name: str = "") -> Part:
    return make_part(notes(pitches), name=name, program=52)


def propose(given: Score, *, seed: int = 1, count: int = 1, **values: int | str) -> list[Proposal]:
    return list(voices.propose(given, seed=seed, count=count, values=values))


def part(proposal: Proposal, name: str) -> Part:
    return next(part for part in proposal.score.parts if part.name == name)


@pytest.fixture(scope="module")
def harmonised() -> Proposal:
    return propose(score(line(TUNE)))[0]


def test_the_registry_knows_harmony():
    assert registry.capability("harmony") is voices.CAPABILITY


def test_a_tune_keeps_its_notes_and_gets_three_voices_in_their_ranges(harmonised):
    assert [p.name for p in harmonised.score.parts] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert part(harmonised, "Soprano").notes == line(TUNE).notes
    for (low, high), voice in zip(RANGES, harmonised.score.parts, strict=True):
        assert all(low <= note.pitch_midi <= high for note in voice.notes)
        assert {note.velocity for note in voice.notes} == {66}
        assert all(before.offset == after.onset for before, after in pairwise(voice.notes))
        assert (voice.notes[0].onset, voice.notes[-1].offset) == (0, 6)
    assert harmonised.chords[0][0] == 0
    assert harmonised.log_likelihood_milli < 0


def test_the_same_call_gives_the_same_notes_and_seeds_and_variants_differ(harmonised):
    two = propose(score(line(TUNE)), count=2)

    assert two[0] == harmonised
    assert two[1].score != harmonised.score
    assert propose(score(line(TUNE)), seed=2)[0].score != harmonised.score


def test_a_low_line_is_a_bass_and_a_line_can_be_named():
    below = propose(score(line(BASS[:2])))[0]
    named = propose(score(line((60, 62))), line="tenor")[0]

    assert [n.pitch_midi for n in part(below, "Bass").notes] == list(BASS[:2])
    assert [n.pitch_midi for n in part(named, "Tenor").notes] == [60, 62]


def test_given_notes_here_and_there_stay_and_the_gaps_are_filled():
    tune, bass = line((67, 0, 71, 72)), line((48, 53, 0, 48))

    (proposal,) = propose(score(tune, bass))

    assert set(tune.notes) <= set(part(proposal, "Soprano").notes)
    assert set(bass.notes) <= set(part(proposal, "Bass").notes)
    for voice in proposal.score.parts:
        assert sum(note.duration for note in voice.notes) == 4


def test_chords_of_one_part_are_taken_apart_by_rank():
    chord = make_part([n for pitches in ((67, 64), (60, 60), (48, 48)) for n in notes(pitches)])

    given = lay_out(score(chord), line="auto", gaps="auto")

    assert given.grid[:, [0, 4]].tolist() == [[67, 64], [60, 60], [UNKNOWN, UNKNOWN], [48, 48]]


def test_only_the_named_bars_of_the_named_voices_are_drawn_again(harmonised):
    proposals = propose(harmonised.score, redraw="bars", voices="inner", from_bar=2, seed=4, temperature=1500, count=4)

    for proposal in proposals:
        for name in ("Soprano", "Bass"):
            assert part(proposal, name).notes == part(harmonised, name).notes
        for name in ("Alto", "Tenor"):
            first = [[n for n in part(p, name).notes if n.onset < 4] for p in (proposal, harmonised)]
            assert first[0] == first[1]
    # A draw may well come upon the same notes; not all of them do.
    assert any(proposal.score != harmonised.score for proposal in proposals)


def test_one_note_is_drawn_again_and_each_proposal_has_another(harmonised):
    proposals = propose(harmonised.score, redraw="note", voices="alto", from_bar=2, sixteenth=1, count=3)

    was = next(n for n in part(harmonised, "Alto").notes if n.onset == 4)
    now = [next(n for n in part(p, "Alto").notes if n.onset == 4) for p in proposals]
    assert len({was.pitch_midi, *(n.pitch_midi for n in now)}) == 4
    assert {n.duration for n in now} == {was.duration}
    for proposal in proposals:
        kept = [n for voice in proposal.score.parts for n in voice.notes if (voice.name, n.onset) != ("Alto", 4)]
        assert kept == [n for v in harmonised.score.parts for n in v.notes if (v.name, n.onset) != ("Alto", 4)]


def test_a_strong_cadence_ends_on_a_triad_over_its_root_and_holds_it():
    proposals = propose(score(line((74, 72, 71, 72, 72))), cadence=3000, count=2, temperature=500)

    for proposal in proposals:
        last = [voice.notes[-1].pitch_midi for voice in proposal.score.parts]
        assert {(pitch - last[3]) % 12 for pitch in last} <= {0, 3, 4, 7}
        assert all(voice.notes[-1].duration == 1 for voice in proposal.score.parts)


def test_phrases_end_where_given_notes_are_held_or_after_so_many_bars():
    held = replace(notes((67, 69, 71))[2], duration=Fraction(2))
    given = lay_out(
        score(make_part([*notes((67, 69)), held, *notes((0, 0, 0, 0, 72, 74, 76, 77))])), line="auto", gaps="auto"
    )

    assert np.flatnonzero(voices.phrase_ends(given, 0) == 1).tolist() == [8, 28]
    assert np.flatnonzero(voices.phrase_ends(given, 1) == 1).tolist() == [8, 28]


def test_less_boldness_is_likelier_by_the_model():
    safe, bold = (
        sum(p.log_likelihood_milli for p in propose(score(line(TUNE[:2])), count=1, temperature=t)) for t in (300, 1800)
    )

    assert safe > bold


def test_a_high_tune_is_moved_by_octaves_and_comes_back():
    (proposal,) = propose(score(line([pitch + 24 for pitch in TUNE[:2]])))

    assert [n.pitch_midi for n in part(proposal, "Soprano").notes] == [pitch + 24 for pitch in TUNE[:2]]
    assert all(n.pitch_midi >= RANGES[3][0] + 12 for n in part(proposal, "Bass").notes)


@pytest.mark.parametrize(
    ("given", "values", "error", "words"),
    [
        (Score(), {}, OutOfRangeError, "no pitched note"),
        (score(line((30, 90))), {}, OutOfRangeError, "too far apart"),
        (
            score(make_part([n for p in (60, 62, 64, 65, 67) for n in notes((p,))])),
            {},
            NotAMelodyError,
            "5 notes sound",
        ),
        (score(*(line((p,)) for p in (72, 67, 60, 48))), {}, OutOfRangeError, "all four voices are given"),
        (score(line(TUNE)), {"redraw": "bars", "voices": "all", "from_bar": 3}, OutOfRangeError, "have 2 bars"),
        (score(line(TUNE)), {"redraw": "bars"}, OutOfRangeError, "say in which voices"),
        (score(line(TUNE)), {"redraw": "note", "voices": "inner"}, OutOfRangeError, "must be soprano, alto"),
        (score(line(TUNE)), {"redraw": "note", "voices": "alto"}, OutOfRangeError, "the alto has no note"),
        (score(line(TUNE)), {"redraw": "note", "voices": "soprano", "sixteenth": 17}, OutOfRangeError, "has none"),
        (score(line((60,) * 257)), {}, LimitExceededError, "1028 sixteenths"),
    ],
)
def test_what_cannot_be_done_is_refused(given, values, error, words):
    with pytest.raises(error, match=words):
        propose(given, **values)
