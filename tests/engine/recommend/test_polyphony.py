from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from engine.errors import LimitExceededError, OutOfRangeError
from engine.recommend import polyphony, registry
from engine.recommend.polyphony_frames import frames_of, lay_out, pitched, shift_of
from engine.score import KeyMark, MeterMark, Note, Score, TempoMark, make_part

QUARTER = Fraction(1)
# Two bars of C, F, G, C in four voices, then the same again.
CHORDS = ((48, 64, 67, 72), (53, 60, 69, 77), (55, 62, 71, 74), (48, 64, 67, 72)) * 4


def chords(*, shift: int = 0, velocity: int = 71) -> Score:
    notes = [
        Note(onset=Fraction(at), duration=QUARTER, pitch_midi=pitch + shift, velocity=velocity)
        for at, chord in enumerate(CHORDS)
        for pitch in chord
    ]
    return Score(
        parts=(make_part(notes, name="Organ", program=19),),
        tempos=(TempoMark(at=Fraction(0), us_per_quarter=600_000),),
        meters=(MeterMark(at=Fraction(0), numerator=4, denominator=4),),
    )


def propose(given: Score, *, seed: int = 3, count: int = 1, **values: int | str) -> list[polyphony.Proposal]:
    return list(polyphony.propose(given, seed=seed, count=count, values=values))


def test_the_registry_knows_polyphony():
    assert registry.capability("polyphony") is polyphony.CAPABILITY


@pytest.mark.parametrize("style", ["chorale", "folk", "piano", "orchestral"])
def test_a_continuation_keeps_what_was_given_and_adds_whole_bars(style):
    given = chords()

    (proposal,) = propose(given, style=style, bars=1)

    old = [note for note in proposal.score.parts[0].notes if note.onset < 16]
    new = [note for note in proposal.score.parts[0].notes if note.onset >= 16]
    assert old == list(given.parts[0].notes)
    assert len(new) >= 2
    assert all(note.offset <= 16 + 4 for note in new)
    assert proposal.score.tempos == given.tempos
    assert (proposal.score.parts[0].name, proposal.score.parts[0].program) == ("Organ", 19)
    assert {note.velocity for note in new} == {71}
    assert proposal.log_likelihood_milli < 0


def test_the_same_call_gives_the_same_notes_and_another_seed_others():
    once, again, other = (propose(chords(), seed=seed, style="chorale", bars=2)[0] for seed in (5, 5, 6))

    assert once == again
    assert once.score != other.score


def test_a_proposal_is_the_same_in_any_company():
    alone = propose(chords(), count=1, bars=1, style="chorale")
    three = propose(chords(), count=3, bars=1, style="chorale")

    assert three[0] == alone[0]
    assert len({proposal.score for proposal in three}) == 3


def test_an_open_bar_is_filled_before_bars_are_counted():
    given = chords()
    open_ = replace(given, parts=(make_part([n for n in given.parts[0].notes if n.onset < 6], name="Organ"),))

    (proposal,) = propose(open_, bars=1, style="chorale", temperature=300)

    assert 8 < max(note.offset for note in proposal.score.parts[0].notes) <= 12
    assert any(6 <= note.onset < 8 for note in proposal.score.parts[0].notes)


def test_a_variation_keeps_the_top_line_and_the_other_bars():
    given = chords()

    (proposal,) = propose(given, mode="vary", from_bar=2, bars=2, style="chorale", seed=9)

    notes = proposal.score.parts[0].notes
    before = [note for note in given.parts[0].notes if note.onset < 4 or note.onset >= 12]
    top = [max((n for n in given.parts[0].notes if n.onset == at), key=lambda n: n.pitch_midi) for at in range(4, 12)]
    assert set(before) | set(top) <= set(notes)
    assert set(notes) != set(given.parts[0].notes)
    for at in range(4, 12):
        assert max(n.pitch_midi for n in notes if n.onset <= at < n.offset) == CHORDS[at][-1]


def test_outer_lines_stay_outside():
    (proposal,) = propose(chords(), mode="vary", keep="outer", style="chorale", bars=4)

    for at, chord in enumerate(CHORDS):
        sounding = [n.pitch_midi for n in proposal.score.parts[0].notes if n.onset <= at < n.offset]
        assert (min(sounding), max(sounding)) == (chord[0], chord[-1])


def test_fullness_changes_how_many_notes_sound():
    def notes(fullness: int) -> int:
        return sum(
            p.score.note_count for p in propose(chords(), count=1, fullness=fullness, style="orchestral", bars=2)
        )

    assert notes(-2500) < notes(2500)


def test_less_boldness_is_likelier_by_the_model():
    safe, bold = (
        sum(p.log_likelihood_milli for p in propose(chords(), count=1, temperature=t, style="chorale", bars=6))
        for t in (300, 1800)
    )

    assert safe > bold


def test_another_key_is_met_in_that_key():
    low, high = (propose(chords(shift=shift), style="chorale", seed=2, bars=2)[0].score for shift in (0, 4))

    assert [n.pitch_midi + 4 for n in low.parts[0].notes] == [n.pitch_midi for n in high.parts[0].notes]


@pytest.mark.parametrize(("mode", "shift"), [("major", -3), ("minor", 0)])
def test_a_key_mark_decides_the_key_and_its_tonic_goes_to_c_in_major_as_in_minor(mode, shift):
    given = replace(chords(), keys=(KeyMark(at=Fraction(0), fifths=-3, mode=mode),))

    assert shift_of(given) == shift


def test_without_a_key_mark_the_notes_decide():
    minor = [(45, 60, 64, 69), (50, 57, 65, 69), (52, 56, 64, 71), (45, 60, 64, 69)] * 4
    notes = [
        Note(onset=Fraction(at), duration=QUARTER, pitch_midi=pitch)
        for at, chord in enumerate(minor)
        for pitch in chord
    ]

    assert shift_of(chords(shift=5)) == -5
    assert shift_of(Score(parts=(make_part(notes),))) == 3


def test_a_line_of_each_part_goes_on_in_that_part():
    given = chords()
    parts = [
        make_part([n for i, n in enumerate(given.parts[0].notes) if i % 4 == voice], name=str(voice))
        for voice in (3, 2, 1, 0)
    ]

    (proposal,) = propose(replace(given, parts=tuple(parts)), style="chorale", bars=4)

    means = [
        np.mean([n.pitch_midi for n in part.notes if n.onset >= 16]) for part in proposal.score.parts if part.notes
    ]
    assert means == sorted(means, reverse=True)


def test_notes_are_heard_from_the_step_they_start_in_even_a_little_late():
    late = Note(onset=Fraction(9, 8), duration=QUARTER, pitch_midi=60)
    between = Note(onset=Fraction(1, 2), duration=Fraction(1, 4), pitch_midi=62)

    frames = frames_of([late, between], step=QUARTER, shift=0, steps=3)

    assert np.argwhere(frames).tolist() == [[1, 39]]


@pytest.mark.parametrize(
    ("given", "values", "error", "words"),
    [
        (Score(), {}, OutOfRangeError, "no pitched note"),
        (chords(), {"mode": "vary", "from_bar": 5}, OutOfRangeError, "the piece has 4 bars"),
        (chords(), {"style": "jazz"}, OutOfRangeError, "it can be chorale, folk, piano, orchestral"),
        (chords(), {"bars": 33}, OutOfRangeError, r"bars is 33; it must lie in 1\.\.32"),
        (
            Score(parts=(make_part([Note(onset=Fraction(40_000), duration=QUARTER, pitch_midi=60)]),)),
            {},
            LimitExceededError,
            "quarter note 40001",
        ),
        (
            Score(parts=(make_part([Note(onset=Fraction(0), duration=QUARTER, pitch_midi=38)], is_drums=True),)),
            {},
            OutOfRangeError,
            "no pitched note",
        ),
    ],
)
def test_what_cannot_be_done_is_refused(given, values, error, words):
    with pytest.raises(error, match=words):
        propose(given, **values)


def test_work_can_be_stopped_by_who_is_told():
    class Stop(Exception):
        pass

    def tell(share: float, words: str) -> None:
        if share > 0.2:
            raise Stop

    with pytest.raises(Stop):
        list(polyphony.propose(chords(), seed=1, count=1, values={"bars": 1}, tell=tell))


def test_frames_end_with_the_last_note():
    passage = lay_out(chords(), Fraction(1, 2))

    assert passage.frames.shape == (32, 88)
    assert passage.frames.sum() == 2 * len(pitched(chords()))
