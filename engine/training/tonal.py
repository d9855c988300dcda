"""Train the ear for chords and keys on rendered songs with their labels.

python -m engine.training tonal --data FOLDER [--cache FOLDER] [--out FILE]

FOLDER holds POP909. Songs ending in 5 are left for the benchmark, those ending in 9 validate.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from engine.analysis import beats, chords, chroma, tonal_ear
from engine.arrays import Doubles, Floats
from engine.theory.names import pitch_class
from engine.timbre.sampler import default_bank
from engine.training import note_data, rendered_notes
from engine.weights import tensors

SEED: Final = 909
SONGS, VALID_SONGS = 53, 8
EPOCHS: Final = 40
HIDDEN: Final = 48
KEY_PIECE_S: Final = 40.0
_NONE: Final = tonal_ear.STATES - 1
_QUALITY_OF: Final = {
    "maj": "", "min": "m", "7": "7", "maj7": "maj7", "min7": "m7", "dim": "dim", "sus4": "sus4", "sus2": "sus4",
    "hdim7": "dim", "dim7": "dim", "aug": "", "maj6": "", "min6": "m", "minmaj7": "m", "9": "7", "maj9": "maj7",
    "min9": "m7", "11": "7",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SongChroma:
    """What is heard and known of one song: onset strength, chroma, chord spans, key (tonic, is_minor), beats."""

    registers: Floats
    rows: Floats
    spans: tuple[tuple[float, float, int], ...]
    key: tuple[int, bool]
    beats_s: tuple[float, ...]


def main() -> None:
    """Read the command line, render what is missing, train, and write the weights."""
    parser = argparse.ArgumentParser(prog="engine.training tonal", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of POP909")
    parser.add_argument("--cache", type=Path, default=Path("var/song-chroma"))
    parser.add_argument("--out", type=Path, default=tensors.path_of(tonal_ear.MODEL))
    parser.add_argument("--songs", type=int, default=SONGS)
    options = parser.parse_args()
    sides = {}
    for split, count in (("train", options.songs), ("valid", VALID_SONGS)):
        paths = note_data.songs(options.data, split)
        chosen = paths[:: max(len(paths) // count, 1)][:count]
        sides[split] = [read_song(path, options.cache, bank=default_bank()) for path in chosen]
    torch.set_num_threads(1)
    _tell(f"sha256 {tensors.write(options.out, train(sides['train'], sides['valid'], tell=_tell))}")


def read_song(midi: Path, cache: Path, *, bank: Path) -> SongChroma:
    """Render a song, hear it, and read its labels; what was heard is kept in `cache`."""
    kept = cache / f"{bank.stem}-{midi.stem}.npz"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        mono = rendered_notes.play(rendered_notes.read_song(midi), bank, sample_rate_hz=beats.RATE_HZ)
        np.savez(kept, registers=beats.onsets_of(mono), rows=chroma.chroma_of(mono))
    with np.load(kept) as archive:
        registers, rows = archive["registers"], archive["rows"]
    lines = [line.split() for line in (midi.parent / "chord_midi.txt").read_text().splitlines() if line.strip()]
    tonic, mode = (midi.parent / "key_audio.txt").read_text().split()[2].split(":")
    times = [float(line.split()[0]) for line in (midi.parent / "beat_midi.txt").read_text().splitlines() if line]
    return SongChroma(
        registers=registers,
        rows=rows,
        spans=tuple((float(start), float(end), state_of(label)) for start, end, label in lines),
        key=(pitch_class(tonic), mode == "min"),
        beats_s=tuple(times),
    )


def state_of(label: str) -> int:
    """State of `engine.analysis.tonal_ear` for a label such as "Bb:min7/5"; richer chords count as what they extend."""
    if label == "N":
        return _NONE
    root, _, quality = label.partition(":")
    name = quality.split("/")[0].split("(")[0] or "maj"
    return pitch_class(root.split("/")[0]) * len(tonal_ear.QUALITIES) + tonal_ear.QUALITIES.index(
        _QUALITY_OF.get(name, "")
    )


def labels_at(song: SongChroma, times_s: Doubles) -> NDArray[np.int64]:
    """The chord state that holds at each time; none outside the labels."""
    starts = np.array([start for start, _, _ in song.spans])
    places = np.searchsorted(starts, times_s, side="right") - 1
    states = np.array([state for _, _, state in song.spans])
    ends = np.array([end for _, end, _ in song.spans])
    inside = (places >= 0) & (times_s < ends[places.clip(0)])
    return np.where(inside, states[places.clip(0)], _NONE)


class _Ear(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(tonal_ear.CHORD_INPUTS, HIDDEN)
        self.second = nn.Linear(HIDDEN, len(tonal_ear.QUALITIES))
        self.none = nn.Parameter(torch.tensor([0.0, -1.0]))
        self.key = nn.Linear(tonal_ear.KEY_INPUTS, 2)

    def chords(self, seen: Tensor) -> Tensor:
        """(B, 12, CHORD_INPUTS) to (B, STATES) logits."""
        scores = self.second(functional.dropout(functional.relu(self.first(seen)), 0.1, self.training)).flatten(1)
        none = self.none[0] + self.none[1] * seen[:, 0, -1]
        return torch.cat([scores, none[:, None]], dim=1)

    def keys(self, seen: Tensor) -> Tensor:
        """(B, 12, KEY_INPUTS) to (B, 24) logits."""
        logits: Tensor = self.key(seen).flatten(1)
        return logits


def train(songs: list[SongChroma], valid: list[SongChroma], *, tell: Callable[[str], None]) -> dict[str, Tensor]:
    """Fit both networks; the weights of the epoch that labels most validation slices right are returned."""
    torch.manual_seed(SEED)
    ear = _Ear()
    optimiser = torch.optim.AdamW(ear.parameters(), lr=3e-3, weight_decay=0.01)
    chord_seen, chord_true = _chord_examples(songs)
    key_seen, key_true = _key_examples(songs)
    best, kept = -1.0, {}
    for epoch in range(EPOCHS):
        ear.train()
        for group in optimiser.param_groups:
            group["lr"] = 3e-3 * (1 - epoch / EPOCHS)
        for rows in torch.split(torch.randperm(len(chord_seen)), 256):
            loss = functional.cross_entropy(ear.chords(chord_seen[rows]), chord_true[rows])
            loss = loss + 0.3 * functional.cross_entropy(ear.keys(key_seen), key_true)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        right = _right(ear, valid)
        if epoch % 5 == 4:
            tell(f"epoch {epoch + 1}: {right[0]:.3f} of the slices, {right[1]:.3f} of the keys right")
        if right[0] > best:
            best, kept = right[0], _state(ear)
    return kept


def _chord_examples(songs: list[SongChroma]) -> tuple[Tensor, Tensor]:
    seen, true = [], []
    for song in songs:
        edges = chords.edges_of(song.beats_s, len(song.rows) * chroma.FRAME_S)
        middles = (np.asarray(edges[1:]) + np.asarray(edges[:-1])) / 2
        seen.append(tonal_ear.chord_inputs(chords.sliced(song.rows, edges)))
        true.append(labels_at(song, middles))
    return torch.from_numpy(np.concatenate(seen)), torch.from_numpy(np.concatenate(true))


def _key_examples(songs: list[SongChroma]) -> tuple[Tensor, Tensor]:
    seen, true = [], []
    step = int(KEY_PIECE_S / chroma.FRAME_S)
    for song in songs:
        pieces = [song.rows[start : start + 2 * step] for start in range(0, max(len(song.rows) - step, 1), step)]
        totals = np.stack([song.rows.sum(axis=0), *(piece.sum(axis=0) for piece in pieces)]).astype(np.float64)
        seen.append(tonal_ear.key_inputs(totals))
        true.append(np.full(len(totals), song.key[0] * 2 + song.key[1]))
    return torch.from_numpy(np.concatenate(seen)), torch.from_numpy(np.concatenate(true)).long()


@torch.no_grad()
def _right(ear: _Ear, songs: list[SongChroma]) -> tuple[float, float]:
    ear.eval()
    chord_seen, chord_true = _chord_examples(songs)
    key_seen, key_true = _key_examples(songs)
    chord = (ear.chords(chord_seen).argmax(1) == chord_true).float().mean()
    return float(chord), float((ear.keys(key_seen).argmax(1) == key_true).float().mean())


def _state(ear: _Ear) -> dict[str, Tensor]:
    names = {
        "chord.0.weight": ear.first.weight, "chord.0.bias": ear.first.bias,
        "chord.1.weight": ear.second.weight, "chord.1.bias": ear.second.bias,
        "none": ear.none, "key.weight": ear.key.weight, "key.bias": ear.key.bias,
    }  # fmt: skip
    return {name: values.detach().clone() for name, values in names.items()}


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
