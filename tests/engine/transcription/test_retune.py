import numpy as np
import pytest

from engine.errors import OutOfRangeError, ShapeError
from engine.transcription.retune import NoteEdit, pitch_edit

RATE_HZ = 22_050


def voice(hz: float, seconds: float = 1.6) -> np.ndarray:
    """Pulses through two resonances, as a sung vowel."""
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    wave = np.zeros(len(time))
    for k in range(1, int(8000 / hz)):
        gain = sum(1 / (1 + ((hz * k - formant) / 120) ** 2) for formant in (700, 1200)) + 0.02
        wave += gain * np.sin(2 * np.pi * hz * k * time + 0.7 * k)
    return (0.3 * wave / np.abs(wave).max()).astype(np.float32)


def measured_hz(sound: np.ndarray, near_hz: float) -> float:
    """Frequency by the phase of the strongest near partial over time."""
    window = np.hanning(len(sound) // 2)
    half = len(sound) // 2
    time = np.arange(half) / RATE_HZ
    probe = np.exp(-2j * np.pi * near_hz * time) * window
    first, second = (np.sum(sound[s : s + half] * probe) for s in (0, half // 8))
    turn = np.angle(second / first * np.exp(-2j * np.pi * near_hz * (half // 8) / RATE_HZ))
    return near_hz + turn / (2 * np.pi) / (half // 8 / RATE_HZ)


def centroid_hz(sound: np.ndarray) -> float:
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    return float((np.fft.rfftfreq(len(sound), 1 / RATE_HZ) * power).sum() / power.sum())


@pytest.mark.parametrize("hz", [110.0, 220.7, 441.3])
@pytest.mark.parametrize("cents", [-500, 37, 300])
def test_the_pitch_moves_by_what_was_asked_to_a_cent(hz, cents):
    take = voice(hz)

    edited = pitch_edit(take, RATE_HZ, [NoteEdit(onset_s=0.4, offset_s=1.2, shift_cents=cents)])

    target = hz * 2 ** (cents / 1200)
    found = measured_hz(edited[0, int(0.45 * RATE_HZ) : int(1.15 * RATE_HZ)], target)
    assert 1200 * np.log2(found / target) == pytest.approx(0, abs=1.0)


def test_the_rest_of_the_take_stays_bit_for_bit():
    take = np.stack([voice(200), voice(200) * 0.5])

    edited = pitch_edit(take, RATE_HZ, [NoteEdit(onset_s=0.4, offset_s=0.8, shift_cents=200)])

    start, stop = round(0.4 * RATE_HZ), round(0.8 * RATE_HZ)
    assert edited.shape == take.shape
    assert np.array_equal(edited[:, :start], take[:, :start])
    assert np.array_equal(edited[:, stop:], take[:, stop:])
    assert not np.array_equal(edited[:, start:stop], take[:, start:stop])


def test_the_resonances_of_the_voice_stay_and_so_does_its_level():
    take = voice(150)

    edited = pitch_edit(take, RATE_HZ, [NoteEdit(onset_s=0.2, offset_s=1.4, shift_cents=700)])

    inside = slice(int(0.3 * RATE_HZ), int(1.3 * RATE_HZ))
    before, after = take[inside], edited[0, inside]
    assert centroid_hz(after) == pytest.approx(centroid_hz(before), rel=0.12)
    assert after.std() == pytest.approx(before.std(), rel=0.1)


def test_a_note_can_move_in_time_and_change_its_length():
    take = np.zeros(3 * RATE_HZ, np.float32)
    take[RATE_HZ // 2 : RATE_HZ] = voice(220, 0.5)

    edited = pitch_edit(take, RATE_HZ, [NoteEdit(onset_s=0.5, offset_s=1.0, move_s=0.7, length_ratio=2.0)])[0]

    def level(start_s: float, stop_s: float) -> float:
        return float(edited[int(start_s * RATE_HZ) : int(stop_s * RATE_HZ)].std())

    assert level(0.55, 0.95) < 0.01
    assert level(1.25, 2.15) == pytest.approx(take[RATE_HZ // 2 : RATE_HZ].std(), rel=0.2)
    assert level(2.25, 3.0) == 0
    assert measured_hz(edited[int(1.3 * RATE_HZ) : int(2.1 * RATE_HZ)], 220) == pytest.approx(220, rel=0.001)


def test_unvoiced_sound_can_be_edited_without_harm():
    take = np.random.default_rng(1).normal(0, 0.1, RATE_HZ).astype(np.float32)

    edited = pitch_edit(take, RATE_HZ, [NoteEdit(onset_s=0.2, offset_s=0.8, shift_cents=300)])

    assert np.isfinite(edited).all()
    assert edited.std() == pytest.approx(take.std(), rel=0.3)


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ([NoteEdit(onset_s=0.5, offset_s=9.0)], "inside the take"),
        ([NoteEdit(onset_s=0.5, offset_s=0.4)], "inside the take"),
        ([NoteEdit(onset_s=0.1, offset_s=0.5), NoteEdit(onset_s=0.4, offset_s=0.6)], "overlaps"),
        ([NoteEdit(onset_s=0.1, offset_s=0.5, shift_cents=float("nan"))], "cents"),
        ([NoteEdit(onset_s=0.1, offset_s=0.5, shift_cents=3000)], "cents"),
        ([NoteEdit(onset_s=0.1, offset_s=0.5, length_ratio=9)], "length"),
        ([NoteEdit(onset_s=0.1, offset_s=0.5, move_s=-1)], "before the start"),
    ],
)
def test_an_edit_that_cannot_be_made_is_refused(edits, words):
    with pytest.raises(OutOfRangeError, match=words):
        pitch_edit(np.zeros(RATE_HZ, np.float32), RATE_HZ, edits)


def test_a_take_that_is_not_finite_is_refused():
    with pytest.raises(ShapeError):
        pitch_edit(np.array([np.nan] * 100), RATE_HZ, [])
