"""Beats, chords, keys and likeness of plain recordings with known answers."""

import hashlib
import re

import numpy as np
import pytest

from engine.analysis import beats, chords, chroma, embedding, key, meter
from engine.weights import tensors
from engine.weights.files import FOLDER
from tests.helpers.drum_loops import HAT, KICK, SNARE, loop
from tests.helpers.tones import RATE_HZ, line

CADENCE = ((48, 60, 64, 67), (53, 60, 65, 69), (55, 59, 62, 67), (48, 60, 64, 67))


def cadence(beat_s: float = 0.6) -> np.ndarray:
    return line([(i * 2 * beat_s, 1.9 * beat_s, p) for i in range(12) for p in CADENCE[i % 4]])


@pytest.mark.parametrize("bpm", [63.0, 90.0, 128.0, 150.0])
def test_beats_of_a_drum_machine_keep_its_tempo(bpm):
    time = np.arange(20 * RATE_HZ) / RATE_HZ
    kick = 0.6 * np.sin(2 * np.pi * 55 * time) * np.exp(-(time % (60 / bpm)) * 25)

    found = beats.beats_of(beats.onsets_of(kick.astype(np.float32)))

    assert found is not None
    assert found.bpm == pytest.approx(bpm, rel=0.01)
    assert np.abs(np.asarray(found.times_s) * bpm / 60 - np.round(np.asarray(found.times_s) * bpm / 60)).max() < 0.1


FOUR_ON_THE_FLOOR = {KICK: "x...", HAT: "..x."}
HOUSE = {KICK: "x...", SNARE: "....x...", HAT: "..x."}
ROCK = {KICK: "x.........x.....", SNARE: "....x...", HAT: "x."}


@pytest.mark.parametrize("pattern", [FOUR_ON_THE_FLOOR, HOUSE, ROCK], ids=["four on the floor", "house", "rock"])
@pytest.mark.parametrize("bpm", [100.0, 120.0, 128.0])
def test_hats_between_the_beats_do_not_make_a_dance_beat_slower(pattern: dict[int, str], bpm: float):
    found = beats.beats_of(beats.onsets_of(loop(pattern, bpm=bpm, seconds=20)[0]))

    assert found is not None
    assert found.bpm == pytest.approx(bpm, rel=0.01)


def test_drums_are_told_from_other_instruments_by_how_high_they_rise():
    drums = beats.drums_of(beats.onsets_of(loop(HOUSE, bpm=120, seconds=10)[0]))

    assert drums == 1.0
    assert beats.drums_of(beats.onsets_of(cadence())) == 0.0
    assert beats.drums_of(np.zeros((0, 3), np.float32)) == 0.0


@pytest.mark.parametrize(("beats_a_bar", "strong"), [(4, (1.0, 0.3, 0.9, 0.3)), (3, (1.0, 0.3, 0.3)), (2, (1.0, 0.1))])
def test_bars_are_as_long_as_harmony_and_bass_say(beats_a_bar: int, strong: tuple[float, ...]):
    """Where two beats and four fit alike, as under a back beat, four are heard; two need a change every two."""
    times = [0.5 * index for index in range(48)]
    registers = np.zeros((int(25 / beats.FRAME_S), 3), np.float32)
    rows = np.zeros((int(25 / chroma.FRAME_S), 12), np.float32)
    for index, at in enumerate(times):
        registers[round(at / beats.FRAME_S), 0] = strong[index % beats_a_bar]
        rows[round(at / chroma.FRAME_S) : round((at + 0.5) / chroma.FRAME_S), (index // beats_a_bar * 5) % 12] = 1

    found = meter.of_beats(times, registers, rows)

    assert found is not None
    assert found[:2] == (beats_a_bar, 0)


def test_bars_go_on_from_where_the_music_starts_anew():
    """Eight bars of four, a bar of two, then bars of four again."""
    starts = [*range(0, 32, 4), 32, *range(34, 66, 4)]
    times = [0.5 * index for index in range(66)]
    registers = np.zeros((int(34 / beats.FRAME_S), 3), np.float32)
    rows = np.zeros((int(34 / chroma.FRAME_S), 24), np.float32)
    for bar, (start, stop) in enumerate(zip(starts, [*starts[1:], 66], strict=True)):
        registers[round(0.5 * start / beats.FRAME_S), 0] = 1
        rows[round(0.5 * start / chroma.FRAME_S) : round(0.5 * stop / chroma.FRAME_S), bar * 5 % 12] = 1

    assert list(meter.downbeats_of(times, registers, rows, count=4)) == starts
    assert meter.downbeats_of((), registers, rows, count=4) == ()


def test_a_cadence_is_heard_chord_by_chord_and_in_its_key():
    rows = chroma.chroma_of(cadence())

    spans = chords.of_chroma(rows, [0.6 * i for i in range(25)])

    names = [symbol for _, _, symbol in spans if symbol != "N"]
    assert names[:3] == ["C", "F", "G"]
    assert [end for _, end, _ in spans[:-1]] == [start for start, _, _ in spans[1:]]
    assert key.of_rows(rows)[0] == "C major"


def test_silence_has_neither_beats_nor_key_nor_vector():
    silence = np.zeros(12 * RATE_HZ, np.float32)

    assert beats.beats_of(beats.onsets_of(silence)) is None
    assert key.of_rows(chroma.chroma_of(silence)) is None
    assert embedding.of_signal(silence, sample_rate_hz=RATE_HZ) is None


def test_a_softer_copy_at_another_rate_lies_nearest():
    sound = cadence()
    noise = np.random.default_rng(0).normal(0, 0.1, len(sound)).astype(np.float32)

    one, copy, other = (
        embedding.of_signal(s, sample_rate_hz=r)
        for s, r in ((sound, RATE_HZ), (0.3 * np.repeat(sound, 2), 2 * RATE_HZ), (noise, RATE_HZ))
    )

    assert len(one.vector) == embedding.DIMENSIONS
    assert np.linalg.norm(one.vector) == pytest.approx(1, abs=1e-4)
    assert embedding.similarity(one.vector, copy.vector) > 0.8
    assert embedding.similarity(one.vector, copy.vector) > embedding.similarity(one.vector, other.vector)


@pytest.mark.parametrize("model", ["note-verifier-1", "tonal-ear-1", "instrument-ear-1", "drum-ear-1"])
def test_every_card_names_its_weights(model):
    card = (FOLDER / f"{model}.md").read_text()

    assert re.search(r"`([0-9a-f]{64})`", card).group(1) == tensors.hash_of(model)
    assert hashlib.sha256(tensors.path_of(model).read_bytes()).hexdigest() == tensors.hash_of(model)
    assert tensors.path_of(model).stat().st_size < 300_000
