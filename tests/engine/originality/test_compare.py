"""Copies are found in any key, at any tempo, in any company; what everybody plays is nobody's."""

from __future__ import annotations

import json
import random
import re
from fractions import Fraction

import numpy as np
import pytest

from engine import __main__ as command_line
from engine.io import midi_writer
from engine.originality import known as knowing
from engine.originality.compare import STEPS_NOTES_MIN, TUNE_BITS_MIN, TUNE_NOTES_MIN, compare
from engine.originality.known import KnownMusic, Piece, index_of, training_music
from engine.originality.lines import GRAM_NOTES, line_of, lines_of, rhythm_grams, step_grams
from engine.score import Note, Score, make_part
from engine.weights import tensors


def tune(seed: int, count: int = 40) -> list[tuple[Fraction, int]]:
    """A line that wanders as tunes do: (onset, pitch)."""
    draw = random.Random(seed)
    onset, pitch, notes = Fraction(0), 67, []
    for _ in range(count):
        notes.append((onset, pitch))
        onset += draw.choice((Fraction(1, 2), Fraction(1), Fraction(1, 4), Fraction(3, 2)))
        pitch = min(max(pitch + draw.choice((-7, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 7)), 50), 90)
    return notes


def score_of(notes: list[tuple[Fraction, int]]) -> Score:
    made = [Note(onset=at, duration=Fraction(1, 4), pitch_midi=pitch, velocity=80) for at, pitch in notes]
    return Score(parts=(make_part(made),))


def piece(name: str, seed: int, *, is_free: bool = False) -> Piece:
    return Piece(name=name, lines=(line_of((float(at), pitch) for at, pitch in tune(seed)),), is_free=is_free)


@pytest.fixture(scope="module")
def music() -> KnownMusic:
    return index_of([piece(f"song {seed}", seed) for seed in range(30)], like=training_music())


def within(copied: list[tuple[Fraction, int]], seed: int) -> list[tuple[Fraction, int]]:
    """The notes in the middle of another tune."""
    around = tune(seed)
    gap = around[19][0] + 1
    length = copied[-1][0] - copied[0][0] + 1
    middle = [(gap + at - copied[0][0], pitch) for at, pitch in copied]
    return [*around[:20], *middle, *((gap + length + at - around[20][0], pitch) for at, pitch in around[20:])]


@pytest.mark.parametrize("by", [-5, 0, 7])
def test_a_copy_is_found_in_any_key_within_other_music(music: KnownMusic, by: int) -> None:
    copied = [(at, pitch + by) for at, pitch in tune(7)[5:25]]

    report = compare(score_of(within(copied, 900)), music)

    (found,) = report.copies
    assert (found.name, found.with_rhythm) == ("song 7", True)
    assert found.notes >= 20
    assert found.start == float(tune(900)[19][0] + 1)


def test_a_copy_with_another_rhythm_is_found_where_it_is_longer(music: KnownMusic) -> None:
    even = [(Fraction(place), pitch) for place, (_, pitch) in enumerate(tune(7)[: STEPS_NOTES_MIN + 2])]
    short = even[: STEPS_NOTES_MIN - 2]

    (found,) = compare(score_of(within(even, 901)), music).copies
    assert (found.name, found.with_rhythm) == ("song 7", False)
    assert compare(score_of(within(short, 901)), music).copies == ()


def test_a_short_passage_counts_where_steps_and_rhythm_together_tell_much(music: KnownMusic) -> None:
    report = compare(score_of(within(tune(7)[5:15], 900)), music)

    found = next(one for one in report.neighbours if one.name == "song 7")
    assert found.notes < TUNE_NOTES_MIN
    assert found.bits + found.rhythm_bits >= TUNE_BITS_MIN
    assert found.is_copy


def test_at_half_the_tempo_it_is_the_same_tune(music: KnownMusic) -> None:
    slow = [(at * 2, pitch) for at, pitch in tune(3)]

    assert compare(score_of(slow), music).copies[0].with_rhythm


def test_new_tunes_are_called_no_copies(music: KnownMusic) -> None:
    assert [seed for seed in range(1000, 1100) if compare(score_of(tune(seed)), music).copies] == []


def test_scales_and_notes_that_repeat_are_nobodys() -> None:
    scale = [(Fraction(place), 60 + step) for place, step in enumerate((0, 2, 4, 5, 7, 9, 11, 12) * 5)]
    repeated = [(Fraction(place), 60 + place // 10) for place in range(40)]
    music = index_of(
        [Piece(name="exercise", lines=tuple(lines_of(score_of(one)))) for one in (scale, repeated)],
        like=training_music(),
    )

    for notes in (scale[:24], repeated):
        report = compare(score_of(notes), music)
        assert report.longest is not None
        assert report.copies == ()


def test_what_is_declared_says_nothing(music: KnownMusic) -> None:
    copied = score_of(tune(7))

    assert compare(copied, music).copies
    assert compare(copied, music, declared=[copied]).neighbours == ()


def test_what_anybody_may_use_is_named_and_is_no_copy() -> None:
    music = index_of([piece("chorale", 7, is_free=True)], like=training_music())

    report = compare(score_of(tune(7)), music)

    assert report.longest is not None
    assert (report.longest.name, report.longest.is_copy, report.copies) == ("chorale", True, ())


@pytest.mark.parametrize("notes", [[], tune(1, 1), tune(1, GRAM_NOTES - 1)])
def test_what_is_too_short_to_compare_shares_nothing(music: KnownMusic, notes: list[tuple[Fraction, int]]) -> None:
    assert compare(score_of(notes), music).neighbours == ()


def test_grams_do_not_hear_the_key_and_rhythm_does_not_hear_the_tempo() -> None:
    line, moved = (line_of((float(at) * slow, pitch + by) for at, pitch in tune(5)) for slow, by in ((1, 0), (2, 5)))

    assert np.array_equal(step_grams(line), step_grams(moved))
    assert np.array_equal(rhythm_grams(line), rhythm_grams(moved))
    assert len(step_grams(line)) == len(line.pitches) - GRAM_NOTES + 1


def test_an_index_is_the_same_bytes_for_the_same_pieces(tmp_path, music: KnownMusic) -> None:
    assert knowing.write(tmp_path / "a", music) == knowing.write(tmp_path / "b", music)


def test_the_card_names_the_index_it_describes_and_the_index_is_small() -> None:
    path = tensors.path_of(knowing.MODEL)

    assert re.findall(r"\b[0-9a-f]{64}\b", path.with_suffix(".md").read_text()) == [tensors.hash_of(knowing.MODEL)]
    assert path.stat().st_size < 4_000_000


def test_the_command_compares_with_the_training_music_or_with_a_folder(tmp_path, capsys) -> None:
    folder = tmp_path / "known"
    folder.mkdir()
    (folder / "song.mid").write_bytes(midi_writer.write(score_of(tune(7))))
    (folder / "notes.txt").write_bytes(b"\x00 no notes at all")
    source = tmp_path / "new.mid"
    source.write_bytes(midi_writer.write(score_of(within(tune(7)[5:25], 900))))

    assert command_line.main(["originality", str(source), "--against", str(folder)]) == 0
    against = json.loads(capsys.readouterr().out)
    assert command_line.main(["originality", str(source)]) == 0
    training = json.loads(capsys.readouterr().out)
    assert command_line.main(["originality", str(source), "--against", str(source)]) == 2

    assert (against["copied"], against["passages"][0]["piece"], against["passages"][0]["copy"]) == (
        True,
        "song.mid",
        True,
    )
    assert [one["file"] for one in against["skipped"]] == ["notes.txt"]
    assert training["pieces"] == len(training_music().names)
    assert training["copied"] is False
