"""How well known music goes on from given notes, beside the bars that the model writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.errors import EngineError
from engine.recommend.capability import Value
from engine.recommend.polyphony import CAPABILITY, STEPS
from engine.recommend.polyphony_echo import echoes
from engine.recommend.polyphony_frames import KEYS, Frames, ceil, frames_of, lay_out, pitched, shift_of
from engine.recommend.polyphony_frames import Passage as Laid
from engine.recommend.quiet import one_thread
from engine.recommend.ranking import Fit, Passage, first_bar, moved_words
from engine.score import Score

CONSIDERED_STEPS: Final = 48
REMEMBERED_STEPS: Final = 128
NOTES_MIN: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frames:
    """What a passage would put after the given notes: (steps, 88), moved by `semitones` in the given key."""

    frames: Frames
    semitones: int


def measure(given: Score, passages: Sequence[Passage], values: Mapping[str, Value]) -> list[Fit]:
    """1000 ln P of a key that sounds in a step, over the first 48 steps after the given notes.

    Known music begins with the bar of its first note, in the given key. Nothing is ranked where bars are varied: what
    stands around them fixes them.

    Raises
    ------
    OutOfRangeError, LimitExceededError
        If there is no pitched note, or it is too long.
    """
    knobs = CAPABILITY.read(values)
    if knobs["mode"] != "continue":
        return []
    style = str(knobs["style"])
    laid = lay_out(given, STEPS[style])
    found = []
    for one in passages:
        new = _drawn(one, laid) if one.is_drawn else _known(one, laid)
        notes = int(new.frames.sum()) if new else 0
        if new is None or notes < NOTES_MIN:
            continue
        milli = round(1000 * log_likelihood(style, laid, new.frames) / notes)
        steps = f"{len(new.frames)} steps of it were heard after your last bar."
        words = () if one.is_drawn else (steps, moved_words(new.semitones))
        found.append(Fit(id=one.id, per_event_milli=milli, events=notes, semitones=new.semitones, words=words))
    return found


def _drawn(one: Passage, laid: Laid) -> _Frames:
    stop = len(laid.frames) + CONSIDERED_STEPS
    frames = frames_of(pitched(one.score), step=laid.step, shift=laid.shift, steps=stop)
    return _Frames(frames=_trimmed(frames[len(laid.frames) :]), semitones=0)


def _known(one: Passage, laid: Laid) -> _Frames | None:
    try:
        shift = shift_of(one.score)
    except EngineError:
        return None
    skipped = ceil(first_bar(one.score) / laid.step)
    frames = frames_of(pitched(one.score), step=laid.step, shift=shift, steps=skipped + CONSIDERED_STEPS)
    return _Frames(frames=_trimmed(frames[skipped:]), semitones=shift - laid.shift)


def _trimmed(frames: Frames) -> Frames:
    """Without the silence after its last note."""
    sounding = np.flatnonzero(frames.any(axis=1))
    return frames[: sounding[-1] + 1] if len(sounding) else frames[:0]


def log_likelihood(style: str, laid: Laid, frames: Frames) -> float:
    """ln P of frames after those of `laid`, the chances of the style's networks averaged."""
    import torch

    from engine.recommend.polyphony_player import members

    silence = laid.phase  # steps that are missing from the first bar
    before = np.concatenate([np.zeros((silence, KEYS), np.float32), laid.frames])
    # Whole bars of even and triple meters are dropped, so that steps keep their place in the bar.
    dropped = max(0, len(before) - REMEMBERED_STEPS) // 48 * 48
    piece = torch.from_numpy(np.concatenate([before[dropped:], frames]))[None]
    counted = torch.zeros(piece.shape[:2], dtype=torch.bool)
    counted[:, len(before) - dropped :] = True
    echo = [
        torch.from_numpy(np.concatenate([np.zeros((silence, *values.shape[1:]), np.float32), values])[dropped:])[None]
        for values in echoes(np.concatenate([laid.frames, frames]))
    ]
    with one_thread(), torch.inference_mode():
        chances = []
        for network in members(style):
            likely, decisions = network(piece, counted, *echo)
            chances.append(likely.gather(1, decisions.target[:, None])[:, 0].double().exp())
        mean = torch.stack(chances).mean(0)
    return float(mean.clamp_min(1e-12).log().sum())
