from fractions import Fraction

import numpy as np
import pytest

from engine.errors import UnreadableFileError
from engine.io import midi_writer
from engine.score import Note, Score, TempoMark, make_part
from engine.training import pop909


@pytest.fixture
def folder(tmp_path):
    for number in ("001", "002"):
        write_song(tmp_path / number)
    return tmp_path


def write_song(song):
    """Two bars of 4/4 at 120 bpm that begin a tenth of a second late: C, then G7 over its third."""
    song.mkdir()
    parts = [
        make_part([Note(onset=quarters(0.2 + at), duration=quarters(0.5), pitch_midi=pitch)], name=name)
        for name, at, pitch in (("MELODY", 1, 72), ("BRIDGE", 2.5, 67), ("PIANO", 4, 48))
    ]
    score = Score(parts=tuple(parts), tempos=(TempoMark(at=quarters(0), us_per_quarter=500_000),))
    (song / f"{song.name}.mid").write_bytes(midi_writer.write(score))
    beats = [f"{0.1 + beat / 2} {int(beat % 2 == 0)}.0 {int(beat % 4 == 0)}.0" for beat in range(9)]
    (song / "beat_midi.txt").write_text("\n".join(beats))
    (song / "chord_midi.txt").write_text("0.1\t0.6\tN\n0.6\t2.1\tC:maj\n2.1\t4.6\tG:7/3\n")
    (song / "key_audio.txt").write_text("0.0\t4.6\tC:maj\n")


def quarters(value):
    return Fraction(value).limit_denominator(960)


def test_notes_and_chords_are_counted_in_beats(folder):
    song = pop909.read(folder / "001")

    assert song.melody[0] == pytest.approx([1, 0.5, 72, 80], abs=0.01)
    assert song.bridge[0, pop909.ONSET] == pytest.approx(2.5, abs=0.01)
    assert song.chords == (
        pop909.Chord(start=0, stop=1),
        pop909.Chord(start=1, stop=4, root=0, quality="maj", bass=0),
        pop909.Chord(start=4, stop=9, root=7, quality="7", bass=11),
    )
    assert song.keys == (pop909.Key(start=0, tonic=0, is_minor=False),)
    assert (song.beats_per_bar, song.first_downbeat) == (4, 0)


def test_what_is_kept_beside_the_training_is_what_was_read(folder, tmp_path):
    cache = tmp_path / "songs.safetensors"

    first, second = (pop909.read_all(folder, cache=cache) for _ in range(2))

    assert cache.is_file()
    for read, kept in zip(first, second, strict=True):
        assert (read.number, read.chords, read.keys) == (kept.number, kept.chords, kept.keys)
        assert np.array_equal(read.piano, kept.piano)
        assert np.array_equal(read.beats_s, kept.beats_s)


def test_songs_that_changed_are_read_anew(folder, tmp_path):
    cache = tmp_path / "songs.safetensors"
    pop909.read_all(folder, cache=cache)

    write_song(folder / "003")

    assert [song.number for song in pop909.read_all(folder, cache=cache)] == ["001", "002", "003"]


def test_a_tenth_of_the_songs_is_test_and_a_tenth_valid():
    splits = [pop909.split_of(f"{number:03}") for number in range(1, 910)]

    assert 70 < splits.count("test") < 115
    assert 70 < splits.count("valid") < 115
    assert [pop909.split_of(number) for number in ("001", "002", "003")] == splits[:3]


def test_a_broken_song_is_named(folder):
    (folder / "002" / "chord_midi.txt").write_text("0.1\t4.6\tC:purple\n")

    with pytest.raises(UnreadableFileError, match=r"002.*C:purple"):
        pop909.read_all(folder)


def test_a_folder_without_songs_is_refused(tmp_path):
    with pytest.raises(UnreadableFileError, match="holds no song"):
        pop909.read_all(tmp_path)
