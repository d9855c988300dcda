import json
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.__main__ import main
from engine.errors import OutOfRangeError, RoutingError, UnreadableFileError
from engine.io import midi, mix_setting
from engine.mixing import Mix, export, mix_schema, mixdown
from engine.mixing.mix import read, write
from engine.score import Score, make_part
from engine.timbre import sampler
from tests.helpers.music_files import mix_setting_bytes, note, soundfont_bytes, tone

RATE_HZ = 44_100


def mix(**document: object) -> Mix:
    return Mix.from_settings({"version": 1, **document})


def click(at: int, samples: int = 6_000) -> np.ndarray:
    signal = np.zeros((2, samples), dtype=np.float32)
    signal[:, at] = 0.5
    return signal


def test_latencies_are_taken_out_so_that_tracks_meet_again():
    late = {"name": "late", "plugins": [{"type": "limiter"}, {"type": "saturation", "mix": 0}]}

    out = mixdown(
        mix(tracks=[late, {"name": "dry"}]), {"late": click(2_000), "dry": click(2_000)}, sample_rate_hz=RATE_HZ
    )

    assert np.abs(out[0]).argmax() == 2_000
    assert out[0, 2_000] == pytest.approx(1.0, abs=1e-3)


def test_fader_pan_mute_and_solo_do_what_they_say():
    sources = {"a": tone(0.1, rate=RATE_HZ), "b": tone(0.1, hz=700, rate=RATE_HZ)}
    strips = [{"name": "a", "position": -1, "gain_db": -6.0206}, {"name": "b", "mute": True}]
    left = mixdown(mix(tracks=strips), sources, sample_rate_hz=RATE_HZ)
    alone = mixdown(mix(tracks=[{"name": "a", "solo": True}, {"name": "b"}]), sources, sample_rate_hz=RATE_HZ)

    assert np.abs(left[1]).max() < 1e-6
    assert np.allclose(left[0], sources["a"][0] / np.sqrt(2), atol=1e-5)
    assert np.allclose(alone, np.repeat(sources["a"], 2, axis=0))


def test_sends_go_before_or_after_the_fader():
    track = {"name": "a", "gain_db": -60, "sends": [{"to": "room", "gain_db": -6.0206, "is_pre_fader": True}]}

    out = mixdown(mix(tracks=[track], buses=[{"name": "room"}]), {"a": click(10)}, sample_rate_hz=RATE_HZ)

    assert out[0, 10] == pytest.approx(0.25 + 0.0005, abs=1e-4)


def test_a_strip_can_duck_under_another_that_comes_later_in_the_document():
    ducker = {"type": "compressor", "threshold_db": -40, "ratio": 20, "attack_ms": 1, "side_chain": "kick"}
    kick = np.zeros((2, 20_000), dtype=np.float32)
    kick[:, 8_000:12_000] = 0.9
    pad = np.full((2, 20_000), 0.1, dtype=np.float32)

    document = mix(tracks=[{"name": "pad", "plugins": [ducker]}, {"name": "kick", "mute": True}])
    out = mixdown(document, {"pad": pad, "kick": kick}, sample_rate_hz=RATE_HZ)

    assert out[0, 7_000] == pytest.approx(0.1, abs=1e-4)
    assert out[0, 11_000] < 0.02


def test_the_stems_add_up_to_the_mix():
    rng = np.random.default_rng(4)
    sources = {name: (0.1 * rng.standard_normal((2, 9_000))).astype(np.float32) for name in "ab"}
    tracks = [{"name": name, "plugins": [{"type": "eq", "bands": [{"shape": "notch", "frequency_hz": 900}]}],
               "sends": [{"to": "room"}]} for name in "ab"]  # fmt: skip
    stems: dict[str, np.ndarray] = {}

    room = {"name": "room", "plugins": [{"type": "reverb", "mix": 1, "decay_s": 0.3}]}
    out = mixdown(mix(tracks=tracks, buses=[room]), sources, sample_rate_hz=RATE_HZ, keep_stem=stems.__setitem__)

    total = np.zeros_like(out)
    for stem in stems.values():
        total[:, : stem.shape[1]] += stem
    assert set(stems) == {"a", "b", "room"}
    assert out.shape[1] > 9_000, "the room rings out"
    assert np.abs(total - out).max() < 1e-6


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"buses": [{"name": "a", "output": "b"}, {"name": "b", "output": "a"}]}, "circle: (a -> b -> a|b -> a -> b)"),
        ({"buses": [{"name": "a", "output": "a"}]}, "circle: a -> a"),
        ({"tracks": [{"name": "t", "output": "nowhere"}]}, "'t' sends to 'nowhere'"),
        ({"tracks": [{"name": "t", "plugins": [{"type": "gate", "side_chain": "x"}]}]}, "'t' listens to 'x'"),
        (
            {
                "tracks": [{"name": "t", "sends": [{"to": "b"}], "plugins": [{"type": "gate", "side_chain": "b"}]}],
                "buses": [{"name": "b"}],
            },
            "circle: (t -> b -> t|b -> t -> b)",
        ),
    ],
)
def test_sound_that_would_run_in_a_circle_or_nowhere_is_refused_by_name(document: dict, words: str):
    with pytest.raises(RoutingError, match=words):
        mixdown(mix(**document), {"t": click(1)}, sample_rate_hz=RATE_HZ)


def test_a_fault_in_a_mix_names_its_place():
    with pytest.raises(UnreadableFileError, match=r"\$\.tracks\[0\]\.plugins\[0\]\.ratio is 0"):
        mix(tracks=[{"name": "t", "plugins": [{"type": "compressor", "ratio": 0}]}])
    with pytest.raises(RoutingError, match="two strips of the mix are called 't'"):
        mix(tracks=[{"name": "t"}, {"name": "t"}])
    with pytest.raises(RoutingError, match="no sound for the track 't'"):
        mixdown(mix(tracks=[{"name": "t"}]), {}, sample_rate_hz=RATE_HZ)
    with pytest.raises(RoutingError, match="one or two channels, not 5"):
        mixdown(mix(tracks=[{"name": "t"}]), {"t": np.zeros((5, 9), np.float32)}, sample_rate_hz=RATE_HZ)


def test_a_mix_is_written_the_same_each_time_and_a_mix_setting_is_taken_for_the_master():
    document = {"version": 1, "tracks": [{"name": "t", "gain_db": -3}]}

    assert read(write(document)) == mix(tracks=[{"name": "t", "gain_db": -3}])
    assert [plugin["type"] for plugin in read(mix_setting_bytes()).master.plugins][:2] == ["eq", "compressor"]
    assert json.loads((mix_setting.SCHEMA_PATH.with_name("mix.schema.json")).read_text()) == mix_schema()


@pytest.mark.parametrize("bits", [16, 24])
def test_an_export_is_dithered_repeatable_and_true_to_its_bits(bits: int):
    quiet = tone(1, level=0.4 / (1 << (bits - 1)), rate=RATE_HZ)

    data = export(quiet, sample_rate_hz=RATE_HZ, bits=bits)

    written, _ = soundfile.read(BytesIO(data), dtype="float64")
    assert data == export(quiet, sample_rate_hz=RATE_HZ, bits=bits)
    assert soundfile.info(BytesIO(data)).subtype == f"PCM_{bits}"
    step = 1 / (1 << (bits - 1))
    error = written - quiet[0]
    assert np.abs(error).max() <= 1.5 * step + 1e-9
    assert np.sqrt(np.square(error).mean()) == pytest.approx(step / 2, rel=0.05), "TPDF: the error is half a step"
    assert abs(np.corrcoef(error, quiet[0])[0, 1]) < 0.02, "and knows nothing of the music"
    with pytest.raises(OutOfRangeError, match="16 or 24"):
        export(quiet, sample_rate_hz=RATE_HZ, bits=20)


@pytest.fixture
def band(tmp_path: Path) -> Path:
    parts = tuple(
        make_part([note(Fraction(beat), 1, 60 + index) for beat in range(2)], name="Sine") for index in range(3)
    )
    (tmp_path / "bank.sf2").write_bytes(soundfont_bytes())
    (tmp_path / "song.mid").write_bytes(midi.write(Score(parts=parts)))
    return tmp_path


def test_the_command_renders_a_mix_and_its_stems(band: Path, capsys: pytest.CaptureFixture[str]):
    strips = [
        {"name": "Sine 2", "gain_db": -6, "plugins": [{"type": "delay", "time_ms": 50}]},
        {"name": "Sine", "mute": True},
    ]
    (band / "mix.json").write_text(json.dumps({"version": 1, "tracks": strips}))
    command = ["render", str(band / "song.mid"), str(band / "out.wav"), "--sounds", str(band / "bank.sf2"),
               "--mix", str(band / "mix.json"), "--stems", str(band / "stems")]  # fmt: skip

    assert main(command) == 0
    first = (band / "out.wav").read_bytes()
    assert main(command) == 0

    report = json.loads(capsys.readouterr().out.splitlines()[0])
    assert report["stems"] == ["01-Sine.wav", "02-Sine 2.wav", "03-Sine 3.wav"]
    assert soundfile.info(BytesIO(first)).subtype == "PCM_24"
    assert (band / "out.wav").read_bytes() == first
    sounds = [soundfile.read(band / "stems" / name)[0] for name in report["stems"]]
    assert not sounds[0].any()
    assert np.abs(sounds[2]).max() > np.abs(sounds[1]).max() > 0.01


def test_the_stems_of_a_score_are_its_parts_alone(band: Path):
    score, bank = midi.read((band / "song.mid").read_bytes()), soundfont_bytes()

    whole = sampler.render(score, bank=bank)
    stems = [sampler.stem(score, index, bank=bank) for index in range(3)]

    total = np.zeros((2, max(stem.shape[1] for stem in stems)), dtype=np.float32)
    for stem in stems:
        total[:, : stem.shape[1]] += stem
    length = min(total.shape[1], whole.shape[1])
    scale = np.abs(whole).max() / np.abs(total).max()
    assert np.abs(total[:, :length] * scale - whole[:, :length]).max() < 1e-3


def test_a_mix_for_another_song_is_refused(band: Path, capsys: pytest.CaptureFixture[str]):
    (band / "mix.json").write_text('{"version": 1, "tracks": [{"name": "Tuba"}]}')

    status = main(["render", str(band / "song.mid"), str(band / "out.wav"), "--sounds", str(band / "bank.sf2"),
                   "--mix", str(band / "mix.json")])  # fmt: skip

    assert status == 2
    assert "the mix has a track 'Tuba'" in capsys.readouterr().err


def test_an_automated_fader_moves_and_ends_where_a_fixed_one_stands():
    sources = {"a": np.full((2, RATE_HZ // 2), 0.2, dtype=np.float32)}
    moving = {"gain_db": [{"at_s": 0.1, "value": 0}, {"at_s": 0.2, "value": -12}]}

    moved, fixed = (
        mixdown(mix(tracks=[{"name": "a", "position": 0.4, **strip}]), sources, sample_rate_hz=RATE_HZ)
        for strip in ({"automation": moving}, {"gain_db": -12})
    )

    assert np.allclose(moved[:, -5_000:], fixed[:, -5_000:], atol=1e-6)
    assert np.allclose(moved[:, :4_000], fixed[:, :4_000] * 10 ** (12 / 20), atol=1e-6)


def test_a_mix_is_a_file_that_is_described_heard_and_compared_with_others():
    from engine.analysis import contribution
    from engine.describe import describe
    from engine.errors import UnreadableFileError
    from engine.io.sniff import sniff
    from engine.mixing import mix as mixes
    from engine.preview import signal

    document = {
        "version": 1,
        "tracks": [
            {"name": "Drums", "gain_db": -3.0, "plugins": [{"type": "compressor", "ratio": 3.0}]},
            {"name": "Bass", "position": 0.2},
        ],
    }
    louder = {**document, "tracks": [{**document["tracks"][0], "gain_db": 0.0}, document["tracks"][1]]}
    one, other = mixes.write(document), mixes.write(louder)

    found = describe(one)
    heard = signal(one, seconds_max=2.0)
    origins = contribution.origins([other], [one])

    assert (sniff(one), found.element_kinds) == ("mix_setting", ("mix_setting",))
    assert found.part_names == ("Drums", "Bass")
    assert found.plugins == ("compressor",)
    assert len(found.fingerprint) > 0
    assert np.abs(heard).max() > 0.05
    assert 0.5 < np.mean(origins.parents[0]) < 1  # all but one fader
    with pytest.raises(UnreadableFileError, match="several tracks"):
        mix_setting.read(one)
