import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.__main__ import main
from engine.describe import describe
from engine.errors import OutOfRangeError
from engine.io import mix_setting
from engine.mixing import apply
from engine.mixing.curves import frequencies_hz, response_db, transfer_db
from engine.mixing.meters import meters
from tests.helpers.music_files import tone

RATE_HZ = 48_000


def test_the_drawn_response_is_what_a_tone_measures():
    chain = [
        {"type": "eq", "bands": [{"shape": "low_shelf", "frequency_hz": 200, "gain_db": 5}]},
        {"type": "high_pass", "frequency_hz": 100, "slope_db_per_octave": 18},
        {"type": "low_pass", "frequency_hz": 5_000, "slope_db_per_octave": 36},
        {"type": "gain", "gain_db": -3},
    ]
    axis = np.array([60.0, 100, 250, 1_000, 5_000, 8_000])

    drawn = response_db(chain, axis, sample_rate_hz=RATE_HZ)

    for hz, gain in zip(axis, drawn, strict=True):
        out = apply(tone(1, hz=hz, level=0.2, rate=RATE_HZ), chain, sample_rate_hz=RATE_HZ)[0, RATE_HZ // 2 :]
        assert 20 * np.log10(np.sqrt(np.square(out).mean() * 2) / 0.2) == pytest.approx(gain, abs=0.05)
    assert response_db([chain[2]], np.array([5_000.0]))[0] == pytest.approx(-3.01, abs=0.01)
    assert response_db([chain[1]], np.array([12.5]))[0] == pytest.approx(-54.2, abs=0.5), "18 dB an octave"


def test_a_setting_whose_room_is_not_at_hand_is_drawn_and_described():
    plugins = [{"type": "gain", "gain_db": 4}, {"type": "convolution", "impulse": "the hall", "mix": 1}]

    assert response_db(plugins, np.array([1_000.0])) == pytest.approx([4])
    assert describe(mix_setting.write({"version": mix_setting.VERSION, "plugins": plugins})).plugins == (
        "gain",
        "convolution",
    )


def test_the_drawn_compression_is_what_a_steady_level_becomes():
    compressor = {"type": "compressor", "threshold_db": -30, "ratio": 4, "knee_db": 0, "makeup_db": 2, "attack_ms": 0.1}

    drawn = transfer_db(compressor, np.array([-50.0, -30, -10, 0]))

    assert drawn == pytest.approx([-48, -28, -23, -20.5])
    steady = np.full((2, RATE_HZ), 10 ** (-10 / 20), dtype=np.float32)
    out = apply(steady, [compressor], sample_rate_hz=RATE_HZ)
    assert 20 * np.log10(out[0, -1]) == pytest.approx(-23, abs=0.01)


def test_other_curves_and_their_absence():
    axis = np.array([-60.0, -6.0, 0.0])

    assert transfer_db({"type": "limiter", "ceiling_db": -3}, axis) == pytest.approx([-60, -6, -3])
    assert transfer_db({"type": "gate", "threshold_db": -50, "range_db": -40}, axis) == pytest.approx([-100, -6, 0])
    assert transfer_db({"type": "saturation", "drive_db": 0}, axis)[2] == pytest.approx(20 * np.log10(np.tanh(1)))
    assert transfer_db({"type": "compressor", "bypass": True}, axis) == pytest.approx(axis)
    with pytest.raises(OutOfRangeError, match="no curve"):
        transfer_db({"type": "reverb"}, axis)
    assert len(frequencies_hz()) == 256


def test_meters_show_a_tone_at_its_levels_and_silence_at_the_floor():
    sound = np.concatenate([np.zeros((1, RATE_HZ * 4), np.float32), tone(4, hz=1000, level=0.1, rate=RATE_HZ)], axis=1)

    lines = meters(np.repeat(sound, 2, axis=0), sample_rate_hz=RATE_HZ, points=80)

    assert lines.peak_dbfs.shape == lines.rms_dbfs.shape == (2, 80)
    assert lines.peak_dbfs[0, 60] == pytest.approx(-20, abs=0.05)
    assert lines.rms_dbfs[1, 60] == pytest.approx(-23.01, abs=0.05)
    assert lines.peak_dbfs[0, 10] == -140
    assert len(lines.loudness_at_s) == len(lines.momentary_lufs) == len(lines.short_term_lufs) == 80
    assert lines.momentary_lufs[-1] == pytest.approx(-20, abs=0.1)
    assert lines.momentary_lufs[45] == pytest.approx(-20, abs=0.1), "half a second after the tone begins"
    assert lines.short_term_lufs[54] < -22 < lines.short_term_lufs[-1]
    assert lines.momentary_lufs[20] == -140
    assert meters(sound[:, :1], sample_rate_hz=RATE_HZ).momentary_lufs.shape == (0,)


def test_the_command_prints_the_loudness_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    soundfile.write(tmp_path / "a.wav", np.repeat(tone(4, hz=1000, level=0.1, rate=RATE_HZ), 2, axis=0).T, RATE_HZ)
    soundfile.write(tmp_path / "b.wav", np.zeros((100, 1)), RATE_HZ)
    (tmp_path / "c.wav").write_bytes(b"")

    assert main(["loudness", str(tmp_path / "a.wav")]) == 0
    assert main(["loudness", str(tmp_path / "b.wav")]) == 0
    loud, silent = (json.loads(line) for line in capsys.readouterr().out.splitlines())

    assert loud["integrated_lufs"] == pytest.approx(-20, abs=0.1)
    assert loud["sample_peak_dbfs"] == pytest.approx(-20, abs=0.01)
    assert {"loudness_range_lu", "true_peak_dbtp", "momentary_max_lufs", "short_term_max_lufs", "duration_s"} <= set(
        loud
    )
    assert silent["integrated_lufs"] is None
    assert silent["true_peak_dbtp"] is None
    assert main(["loudness", str(tmp_path / "c.wav")]) == 2
    assert main(["loudness", str(tmp_path / "a.wav"), "--weights", "1"]) == 2
    assert main(["loudness", str(tmp_path / "a.wav"), "--weights", "x"]) == 2
    assert "the file is empty" in capsys.readouterr().err
