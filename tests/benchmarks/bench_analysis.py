"""How well recordings are understood: python -m tests.benchmarks.bench_analysis [--songs 20]

Beats, bars, tempo, chords and key on whole held-out songs of POP909 (numbers ending in 5) with the data's own labels;
drums on rendered patterns; duplicates by fingerprint; instrument families. Played by TimGM6mb (Debian:
timgm6mb-soundfont), a bank that nothing was trained on. Rows whose data is absent are left out, and said so.
"""

import argparse
import tempfile
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import mir_eval
import numpy as np

from engine.analysis import beats, chords, fingerprint, key, meter, tonal_ear
from engine.dsp.resample import resample
from engine.io import audio
from engine.score import Note, Score, TempoMark, make_part
from engine.theory.names import pitch_class
from engine.timbre import sampler
from engine.training import instruments, note_data, rendered_notes, tonal
from engine.transcription import transcribe
from tests.helpers.shared import SHARED

BANK = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")
ALIKE = 0.5  # a sketch this similar is called a match (production.limits)
DRUM_NAMES = {36: "kick", 38: "snare", 42: "closed hat", 46: "open hat", 45: "tom", 49: "cymbal"}
_TRIADS = (0, 1, 0, 0, 1, 1, 0)  # major or minor third of each quality


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--songs", type=int, default=20)
    parser.add_argument("--bank", type=Path, default=BANK)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "bench-analysis")
    options = parser.parse_args()
    if not options.bank.is_file():
        print(f"nothing measured: {options.bank} is absent")
        return
    options.cache.mkdir(parents=True, exist_ok=True)
    folder = options.shared / "data" / "pop909"
    if folder.is_dir():
        paths = note_data.songs(folder, "test")[: options.songs]
        songs = [tonal.read_song(path, options.cache, bank=options.bank) for path in paths]
        print(f"{len(songs)} songs, {options.bank.name}")
        pulse(songs)
        bars([song for song in zip(paths, songs, strict=True) if _is_sure_of_bars(song[0].parent)])
        harmony(songs)
        duplicates(paths[:12], options.bank)
    else:
        print(f"beats, chords, keys and duplicates left out: {folder} is absent")
    drums(options.bank)
    print("instruments:", instruments.report(*instruments.examples(options.bank, options.cache)))


def pulse(songs: list[tonal.SongChroma]) -> None:
    """Beats and tempo."""
    rows = []
    for song in songs:
        found = beats.beats_of(song.registers)
        truth = mir_eval.beat.trim_beats(np.asarray(song.beats_s))
        guess = mir_eval.beat.trim_beats(np.asarray(found.times_s if found else ()))
        bpm = 60 / float(np.median(np.diff(song.beats_s)))
        near = [abs((found.bpm if found else 0) / bpm / level - 1) < 0.04 for level in (1, 2, 0.5, 3, 1 / 3)]
        _, same_level, _, any_level = mir_eval.beat.continuity(truth, guess)
        rows.append((mir_eval.beat.f_measure(truth, guess), same_level, any_level, near[0], any(near)))
    mean = np.mean(rows, axis=0)
    print(f"beats: F {mean[0]:.3f}, in line {mean[1]:.3f}, at any metrical level {mean[2]:.3f}; ", end="")
    print(f"tempo within 4 %: {mean[3]:.3f}, up to a factor of 2 or 3: {mean[4]:.3f}")


def bars(songs: list[tuple[Path, tonal.SongChroma]]) -> None:
    """Where bars begin, in songs whose two labellings (of MIDI and of audio) agree on it; F1 within a quarter beat."""
    found = []
    for path, song in songs:
        pulse_ = beats.beats_of(song.registers)
        heard = (pulse_.times_s, song.registers, song.rows) if pulse_ else None
        guess = meter.of_beats(*heard) if heard else None
        if heard is None or guess is None:
            found.append((0.0, 0.0))
            continue
        times, labels = np.asarray(heard[0]), _labels(path.parent, "midi")
        ways = (times[guess[1] :: guess[0]], times[list(meter.downbeats_of(*heard, count=guess[0]))])
        window_s = 0.25 * float(np.median(np.diff(times)))
        found.append(tuple(mir_eval.beat.f_measure(labels, way, f_measure_threshold=window_s) for way in ways))
    steady, free = np.array(found).reshape(-1, 2).T
    print(f"bars of {len(found)} songs: F {free.mean():.3f}, over 0.6 in {(free > 0.6).sum()}; ", end="")
    print(f"counted through without a new start: F {steady.mean():.3f}, over 0.6 in {(steady > 0.6).sum()}")


def _labels(folder: Path, kind: str) -> np.ndarray:
    rows = np.array([[float(cell) for cell in line.split()] for line in (folder / f"beat_{kind}.txt").open()])
    return rows[rows[:, -1] == 1, 0]


def _is_sure_of_bars(folder: Path) -> bool:
    """Whether four of five bars of the one labelling begin within 0.12 s of one of the other; in half of the songs."""
    one, other = _labels(folder, "midi"), _labels(folder, "audio")
    return bool(len(one) and len(other) and (np.abs(one[:, np.newaxis] - other).min(axis=1) < 0.12).mean() > 0.8)


def harmony(songs: list[tonal.SongChroma]) -> None:
    """Chords (share of the time) and keys."""
    chord_rows, key_rows = [], []
    states = {tonal_ear.symbol_of(state): state for state in range(tonal_ear.STATES)}
    for song in songs:
        found = beats.beats_of(song.registers)
        spans = chords.of_chroma(song.rows, found.times_s if found else ())
        times = np.arange(0.05, song.spans[-1][1], 0.1)
        places = np.searchsorted([start for start, _, _ in spans], times, side="right") - 1
        guess = np.array([states[spans[place][2]] for place in places])
        truth = tonal.labels_at(song, times)
        pairs = [np.array([_triad(state) for state in side.tolist()]) for side in (guess, truth)]
        chord_rows.append(((guess == truth).mean(), (pairs[0] == pairs[1]).mean(), (guess // 7 == truth // 7).mean()))
        name = key.of_rows(song.rows)
        tonic, mode = name[0].split() if name else ("C", "none")
        mine, own = (pitch_class(tonic), mode == "minor"), song.key
        relative = (own[0] + (3 if own[1] else 9)) % 12
        key_rows.append((mine == own, mine == own or (mine[1] != own[1] and mine[0] == relative)))
    mean = np.mean(chord_rows, axis=0)
    print(f"chords: {mean[0]:.3f} exact (7 qualities), {mean[1]:.3f} major or minor, {mean[2]:.3f} root; ", end="")
    print(f"keys: {np.mean(key_rows, axis=0)[0]:.3f}, or the relative {np.mean(key_rows, axis=0)[1]:.3f}")


def _triad(state: int) -> int:
    return -1 if state == tonal_ear.STATES - 1 else state // 7 * 2 + _TRIADS[state % 7]


def duplicates(paths: list[Path], bank: Path) -> None:
    """Hits on changed copies and false alarms between songs, by the sketch of a recording."""
    rate, originals, changed = 44_100, [], []
    for path in paths:
        signal = sampler.render(rendered_notes.read_song(path), sample_rate_hz=rate, bank=bank, seconds_max=75.0)
        originals.append(fingerprint.of_signal(signal.mean(axis=0), sample_rate_hz=rate))
        changed.append(
            {name: fingerprint.of_signal(s.mean(axis=0), sample_rate_hz=r) for name, s, r in _copies(signal, rate)}
        )
    for name in changed[0]:
        alike = [fingerprint.similarity(a, copies[name]) for a, copies in zip(originals, changed, strict=True)]
        print(f"duplicates, {name}: {np.mean(np.array(alike) > ALIKE):.2f} found, least similarity {min(alike):.3f}")
    pairs = [fingerprint.similarity(a, b) for a, b in combinations(originals, 2)]
    print(
        f"different songs: {np.mean(np.array(pairs) > ALIKE):.4f} false alarms of {len(pairs)}, most {max(pairs):.3f}"
    )


def _copies(signal: np.ndarray, rate: int) -> list[tuple[str, np.ndarray, int]]:
    low = audio.write(signal, sample_rate_hz=rate, format="mp3", quality=0.3)
    ogg = audio.write(signal, sample_rate_hz=rate, format="ogg", quality=0.2)
    other = resample(signal, from_hz=rate, to_hz=32_000)
    return [
        ("mp3", *audio.read(low)),
        ("ogg", *audio.read(ogg)),
        ("12 dB softer", signal * np.float32(0.25), rate),
        ("at 32 kHz", other, 32_000),
        ("excerpt of 15 s", signal[:, 20 * rate : 35 * rate], rate),
        (
            "excerpt of 15 s as mp3",
            *audio.read(audio.write(signal[:, 20 * rate : 35 * rate], sample_rate_hz=rate, format="mp3")),
        ),
    ]


def drums(bank: Path) -> None:
    """Hits of a kit by kind, from ten rendered patterns."""
    draw = np.random.default_rng(5)
    tally = {pitch: np.zeros(3) for pitch in DRUM_NAMES}
    for _ in range(10):
        score, truth = _pattern(draw)
        signal = sampler.render(score, sample_rate_hz=44_100, bank=bank)
        found = [(n.onset_s, n.pitch_midi) for n in transcribe(signal, sample_rate_hz=44_100, texture="drums").notes]
        for pitch, counts in tally.items():
            own, mine = ([time for time, kind in side if kind == pitch] for side in (truth, found))
            hits = len(mir_eval.util.match_events(np.array(own), np.array(mine), 0.05)) if own and mine else 0
            counts += (hits, len(mine), len(own))
    for pitch, (hits, mine, own) in tally.items():
        print(f"drums, {DRUM_NAMES[pitch]}: F {2 * hits / max(mine + own, 1):.3f} of {own:.0f} hits")
    hits, mine, own = np.sum(list(tally.values()), axis=0)
    print(f"drums, all: P {hits / max(mine, 1):.3f}, R {hits / own:.3f}, F {2 * hits / (mine + own):.3f}")


def _pattern(draw: np.random.Generator) -> tuple[Score, list[tuple[float, int]]]:
    bpm = float(draw.uniform(80, 140))
    hits = []
    for step in range(64):
        at = Fraction(step, 4)
        if step % 2 == 0:
            hits.append((at, 46 if draw.random() < 0.1 else 42))
        if step % 16 in (0, 6, 10) and draw.random() < 0.85:
            hits.append((at, 36))
        if step % 8 == 4:
            hits.append((at, 38))
        if step % 32 >= 28:
            hits.append((at, 45))
        if step % 32 == 0:
            hits.append((at, 49))
    notes = [
        Note(onset=at, duration=Fraction(1, 8), pitch_midi=pitch, velocity=int(draw.integers(70, 120)))
        for at, pitch in hits
    ]
    tempos = (TempoMark(at=Fraction(0), us_per_quarter=round(60e6 / bpm)),)
    return Score(parts=(make_part(notes, is_drums=True),), tempos=tempos), [(float(at) * 60 / bpm, p) for at, p in hits]


if __name__ == "__main__":
    main()
