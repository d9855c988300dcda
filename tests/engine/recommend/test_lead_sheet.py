from fractions import Fraction

import numpy as np
import pytest

from engine.errors import LimitExceededError, NotAMelodyError, OutOfRangeError
from engine.recommend import lead_sheet, registry
from engine.recommend.chord_tokens import QUALITIES, token_of, tones_of
from engine.recommend.lead_sheet_grid import home_of, lay_out, seen_from, sounding
from engine.recommend.lead_sheet_writer import Wish, load, write
from engine.score import KeyMark, MeterMark, Note, Score, make_part
from engine.training.harmonisation_metrics import metrics

TUNE = (60, 60, 67, 67, 69, 69, 67, 65, 65, 64, 64, 62, 62, 60)


def melody(pitches=TUNE, *, meter=(4, 4), length=1, **more):
    notes = [
        Note(onset=Fraction(index * length), duration=Fraction(length), pitch_midi=pitch)
        for index, pitch in enumerate(pitches)
    ]
    mark = MeterMark(at=Fraction(0), numerator=meter[0], denominator=meter[1])
    return Score(parts=(make_part(notes, name="Tune"),), meters=(mark,), **more)


def proposed(given, seed=1, count=1, **values):
    return list(lead_sheet.propose(given, seed=seed, count=count, values=values))


def chords_of(proposal):
    return [symbol for _, symbol in proposal.chords]


def test_the_melody_stays_as_it_is_and_chords_come_beside_it():
    given = melody()

    [proposal] = proposed(given)

    assert proposal.score.parts[0] == given.parts[0]
    assert proposal.score.parts[1].name == "Chords"
    assert proposal.score.parts[1].notes[-1].offset == 14
    assert proposal.log_likelihood_milli < 0
    assert proposal.remarks[0].startswith("In C major: ")


def test_the_same_call_gives_the_same_chords_and_another_seed_others():
    first, again, other = (proposed(melody(), seed=seed, count=3, surprise=1400) for seed in (1, 1, 2))

    assert first == again
    assert [chords_of(p) for p in first] != [chords_of(p) for p in other]
    assert proposed(melody(), seed=1, count=1, surprise=1400)[0] == first[0]


def test_a_melody_in_another_key_gets_the_same_chords_there():
    low = proposed(melody(keys=(KeyMark(at=Fraction(0), fifths=0),)), surprise=0)[0]
    high = proposed(melody([p + 2 for p in TUNE], keys=(KeyMark(at=Fraction(0), fifths=2),)), surprise=0)[0]

    assert [(token_of(s) + 2 * len(QUALITIES)) % 156 for s in chords_of(low)] == [token_of(s) for s in chords_of(high)]


def test_most_notes_belong_to_the_likeliest_chords():
    [proposal] = proposed(melody(), surprise=0)

    spans = list(zip([at for at, _ in proposal.chords], chords_of(proposal), strict=True))
    inside = sum(
        note.pitch_midi % 12 in tones_of(token_of([s for at, s in spans if at <= note.onset][-1]))
        for note in proposal.score.parts[0].notes
    )
    assert inside >= 10


@pytest.mark.parametrize(("rhythm", "every"), [("half", 2), ("bar", 4), ("two_bars", 8)])
def test_chords_change_no_more_often_than_is_asked(rhythm, every):
    for proposal in proposed(melody(TUNE * 2), count=2, rhythm=rhythm, surprise=1600):
        assert all(onset % every == 0 for onset, _ in proposal.chords)


def test_triads_only_sevenths_more_and_home_at_the_end():
    triads = [s for p in proposed(melody(), count=3, colour="triads", surprise=1600) for s in chords_of(p)]
    sevenths = [s for p in proposed(melody(), count=3, colour="sevenths") for s in chords_of(p)]
    home = [chords_of(p)[-1] for p in proposed(melody(), count=3, ending="home", surprise=1600)]

    assert not any("7" in symbol or "sus" in symbol for symbol in triads)
    assert sum("7" in symbol for symbol in sevenths) > len(sevenths) / 2
    assert home == ["C"] * 3


@pytest.mark.parametrize(("meter", "half"), [((3, 4), 3), ((6, 8), Fraction(3, 2)), ((2, 4), 2), ((5, 4), 5)])
def test_other_meters_have_their_own_half_bars(meter, half):
    [proposal] = proposed(melody(meter=meter), surprise=1600)

    assert all((onset / half).denominator == 1 for onset, _ in proposal.chords)


def test_a_melody_that_starts_late_has_its_first_chord_in_its_bar():
    late = Score(parts=(make_part([Note(onset=Fraction(9), duration=Fraction(3), pitch_midi=64)]),))

    [proposal] = proposed(late)

    assert proposal.chords[0][0] == 8


def test_half_bars_are_described_by_what_sounds_in_them():
    notes = np.array([[0.0, 0.5, 64.0], [1.0, 2.0, 67.0]])

    rows = lay_out(notes, 3)

    assert rows[0, 4] == pytest.approx(0.5)
    assert rows[0, 24] == pytest.approx(0.5)
    assert rows[1:, 12 + 7].tolist() == [1, 1]
    assert seen_from(rows, 4)[0, 0] == pytest.approx(0.5)
    assert sounding(notes, 3, 2).tolist() == [64, -1, 67, 67, 67, 67]
    assert home_of(np.array([[0, 1, p] for p in (57, 59, 60, 62, 64, 57, 64, 57)], float)) == 0


def test_ln_p_is_that_of_the_network():
    import torch

    rows = lay_out(np.array([[i / 2, 0.5, p] for i, p in enumerate(TUNE)]), 7)
    network = load()

    tokens, nats = write(network, rows, Wish(), seed=3, variant=0)

    with torch.no_grad():
        whole = network(torch.from_numpy(rows)[None], torch.from_numpy(tokens)[None])[0].numpy()
    assert nats == pytest.approx(float(whole[np.arange(7), tokens].sum()), abs=1e-3)


def test_the_six_figures_of_a_small_case_are_those_worked_out_by_hand():
    notes = np.array([[0.0, 1.0, 60.0], [1.0, 1.0, 61.0], [2.0, 1.0, 62.0]])
    chords = np.array([token_of("C"), token_of("C"), token_of("G")])

    found = metrics(notes, chords)

    assert found["CC"] == 2
    assert found["CHE"] == pytest.approx(-(2 / 3 * np.log(2 / 3) + 1 / 3 * np.log(1 / 3)))
    assert found["CTnCTR"] == 1  # C# is foreign, and goes on by step
    # C over C E G: unison, minor sixth, fourth; C# over it: -1, 9 is a sixth, 6; D over G B D: fifth, third, unison.
    assert found["PCS"] == pytest.approx(np.mean([(1 + 1 + 0) / 3, (-1 + 1 - 1) / 3, 1]))
    assert found["CTD"] > 0
    assert metrics(notes, np.array([token_of("C")] * 3))["CTD"] == 0


def test_what_is_no_melody_is_refused():
    with pytest.raises(NotAMelodyError, match="no note"):
        proposed(Score())
    chord = [Note(onset=Fraction(0), duration=Fraction(4), pitch_midi=pitch) for pitch in (60, 64)]
    with pytest.raises(NotAMelodyError, match="two notes sound at once"):
        proposed(Score(parts=(make_part(chord),)))
    with pytest.raises(LimitExceededError, match="at most 1024"):
        proposed(melody((60,) * 3000))
    with pytest.raises(OutOfRangeError, match="surprise is 2000"):
        proposed(melody(), surprise=2000)


def test_the_registry_knows_it():
    assert registry.capability("chords").propose is lead_sheet.propose
