import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from engine.errors import LimitExceededError, NotAMelodyError, OutOfRangeError
from engine.recommend import harmony
from engine.recommend.chorale_grid import RANGES
from engine.recommend.harmony import harmonise
from engine.score import Note, Score, make_part
from tests.engine.recommend.melodies import TWINKLE, digest, melody, sounding

# Written by this very code: it says that notes never change by accident, on any machine. With new weights or a new
# SCHEMA there is a new model name or number, and a new golden.
GOLDEN = "91ad2bfd8d7a7bdadacb8781cf98568a248b05fc6bf6cdfbe74c4dc285a423df"

AWKWARD = {
    "triplets": [(67, "1/3"), (69, "1/3"), (71, "1/3"), (72, 1), (74, "2/3"), (72, "1/3"), (71, 1)],
    "syncopation": [(67, "1/2"), (72, 1), (71, 1), (69, "3/2"), (67, "1/8"), (69, "1/8"), (71, "3/4"), (72, 1)],
    "a short rest": [(67, 1), (0, 1), (72, 1), (71, 1), (0, "1/2"), (67, "3/2")],
    "a long rest": [(67, 1), (72, 1), (0, 4), (71, 1), (67, 1)],
    "a late start": [(0, "17/2"), (67, "1/2"), (72, 2)],
    "one short note": [(67, "1/7")],
}


@pytest.fixture(scope="module")
def versions():
    return harmonise(melody(TWINKLE), seed=2026)


def test_the_same_melody_and_seed_give_the_same_notes_for_ever(versions):
    assert digest(versions) == GOLDEN


@pytest.mark.parametrize("threads", ["1", "2"])
def test_the_number_of_threads_changes_no_note(threads):
    script = (
        "from tests.engine.recommend.melodies import *\n"
        "from engine.recommend.harmony import harmonise\n"
        "print(digest(harmonise(melody(TWINKLE), seed=2026)))"
    )
    limits = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), threads)

    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | limits,
        cwd=Path(__file__).resolve().parents[3],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == GOLDEN


def test_a_variant_is_the_same_alone_and_in_company(versions):
    alone = harmonise(melody(TWINKLE), seed=2026, variants=1)

    assert digest(alone) == digest(versions[:1])


def test_another_seed_gives_another_harmony(versions):
    assert digest(harmonise(melody(TWINKLE), seed=2027)) != digest(versions)


def test_versions_differ_from_each_other(versions):
    assert len({digest([version]) for version in versions}) == 3


@pytest.mark.parametrize("line", [TWINKLE, *AWKWARD.values()], ids=["plain", *AWKWARD])
def test_the_soprano_is_the_melody_note_for_note(line):
    given = melody(line)

    for version in harmonise(given, seed=1, variants=2):
        soprano = version.score.parts[0]
        assert soprano.notes == given.parts[0].notes
        assert [part.name for part in version.score.parts] == ["Soprano", "Alto", "Tenor", "Bass"]


@pytest.mark.parametrize("line", [TWINKLE, *AWKWARD.values()], ids=["plain", *AWKWARD])
@pytest.mark.parametrize("seed", [0, 1])
def test_voices_keep_their_ranges_and_never_cross(line, seed):
    for version in harmonise(melody(line), seed=seed, variants=2, temperature_milli=1500):
        parts = version.score.parts
        for part, (low, high) in zip(parts, RANGES, strict=True):
            assert all(low <= note.pitch_midi <= high for note in part.notes)
        for sixteenth in range(int(version.score.end * 4)):
            chord = [sounding(part, Fraction(sixteenth, 4)) for part in parts]
            sung = [pitch for pitch in chord if pitch is not None]
            assert sung == sorted(sung, reverse=True)


def test_lower_voices_fill_the_melody_without_gaps_or_overlaps(versions):
    for version in versions:
        for part in version.score.parts[1:]:
            ends = [note.offset for note in part.notes]
            assert [note.onset for note in part.notes] == [Fraction(0), *ends[:-1]]
            assert ends[-1] == Fraction(16)


def test_all_voices_are_silent_in_a_long_rest_and_sing_through_a_short_one():
    long = harmonise(melody(AWKWARD["a long rest"]), seed=3, variants=1)[0].score
    short = harmonise(melody(AWKWARD["a short rest"]), seed=3, variants=1)[0].score

    assert all(sounding(part, Fraction(2)) is None and sounding(part, Fraction(5)) is None for part in long.parts)
    assert all(sounding(part, Fraction(6)) is not None for part in long.parts)
    assert all(sounding(part, Fraction(1)) is not None for part in short.parts[1:])


def test_under_triplets_lower_voices_move_on_the_beat():
    score = harmonise(melody(AWKWARD["triplets"]), seed=5, variants=1)[0].score

    onsets = {note.onset for part in score.parts[1:] for note in part.notes}

    assert all(onset == 0 or onset >= 1 for onset in onsets)
    assert not {onset for onset in onsets if 2 < onset < 3}


def test_a_melody_an_octave_lower_gets_the_same_harmony_an_octave_lower(versions):
    low = harmonise(melody(TWINKLE, move=-24), seed=2026)

    assert [v.score.transposed(24).note_multiset() for v in low] == [v.score.note_multiset() for v in versions]
    assert [v.chords for v in low] == [v.chords for v in versions]


def test_bars_and_pickups_are_heard():
    line = [(67, 1), (72, 1), (71, 1), (69, 1), (67, 1), (76, 1), (74, 2), (72, 3), (74, 1)]

    in_four = harmonise(melody(line), seed=9, variants=1)
    with_pickup = harmonise(melody(line, first_bar=1), seed=9, variants=1)
    in_three = harmonise(melody(line, meter=(3, 4)), seed=9, variants=1)

    assert len({digest(in_four), digest(with_pickup), digest(in_three)}) == 3


def test_maps_sound_and_title_of_the_melody_are_kept(versions):
    given = melody(TWINKLE)

    for version in versions:
        score = version.score
        assert (score.title, score.tempos, score.meters, score.keys) == (
            given.title,
            given.tempos,
            given.meters,
            given.keys,
        )
        assert {(part.program, note.velocity) for part in score.parts for note in part.notes} == {(73, 90)}


def test_chords_start_with_the_melody_and_ascend(versions):
    for version in versions:
        onsets = [onset for onset, _ in version.chords]
        assert onsets[0] == 0
        assert onsets == sorted(set(onsets))
        assert all(a != b for (_, a), (_, b) in zip(version.chords, version.chords[1:], strict=False))


def test_a_cooler_draw_is_likelier():
    cool = harmonise(melody(TWINKLE), seed=4, variants=4, temperature_milli=300)
    warm = harmonise(melody(TWINKLE), seed=4, variants=4, temperature_milli=1800)

    assert min(v.log_likelihood_milli for v in cool) > max(v.log_likelihood_milli for v in warm)


def part_of(*notes: tuple[int, str, str]):
    return make_part(Note(onset=Fraction(at), duration=Fraction(long), pitch_midi=p) for p, at, long in notes)


@pytest.mark.parametrize(
    "score",
    [
        Score(),
        Score(parts=(part_of(),)),
        Score(parts=(part_of((60, "0", "0")),)),
        Score(parts=(part_of((60, "0", "1"), (64, "0", "1")),)),
        Score(parts=(part_of((60, "0", "2"), (64, "1", "1")),)),
        Score(parts=(part_of((60, "0", "1")), part_of((64, "1", "1")))),
        Score(parts=(make_part([Note(onset=Fraction(0), duration=Fraction(1), pitch_midi=60)], is_drums=True),)),
    ],
    ids=["no part", "no note", "only a grace note", "chord", "overlap", "two parts", "drums"],
)
def test_what_is_no_melody_is_refused(score):
    with pytest.raises(NotAMelodyError):
        harmonise(score, seed=1)


def test_notes_played_legato_are_still_a_melody():
    score = Score(parts=(part_of((67, "0", "17/16"), (69, "1", "17/16"), (67, "2", "1")),))

    assert harmonise(score, seed=1, variants=1)[0].score.parts[0].notes == score.parts[0].notes


def test_a_melody_over_64_bars_is_refused():
    with pytest.raises(LimitExceededError):
        harmonise(melody([(67, 1)] * 257), seed=1)


def test_a_melody_over_two_octaves_is_refused():
    with pytest.raises(OutOfRangeError):
        harmonise(melody([(60, 1), (85, 1)]), seed=1)


@pytest.mark.parametrize(
    "arguments",
    [
        {"seed": -1},
        {"seed": 1 << 63},
        {"seed": 1, "variants": 0},
        {"seed": 1, "variants": 9},
        {"seed": 1, "temperature_milli": 99},
        {"seed": 1, "temperature_milli": 2001},
    ],
)
def test_arguments_out_of_range_are_refused(arguments):
    with pytest.raises(OutOfRangeError):
        harmonise(melody(TWINKLE), **arguments)


def test_the_runtime_names_what_the_notes_depend_on():
    assert harmony.MODEL == "chorale-harmoniser-1"
    assert set(harmony.RUNTIME) == {"schema", "python", "numpy"}
