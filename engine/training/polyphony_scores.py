"""Nats a step and frame accuracy of the shipped networks, as in the table of Boulanger-Lewandowski and others (2012).

Nats: -ln P of each frame given all frames before it in its piece, exact, over all steps of all pieces in one list.
Where a style has several networks, each decision's chance is the mean of theirs.

Accuracy: TP / (TP + FP + FN) over the notes of all frames in one list (Bay, Ehmann and Downie, ISMIR 2009), each frame
predicted from the true past. The keys are chosen for the least expected error: their chances are estimated from
`SAMPLES` draws of the frame, and keys are named from the likeliest down as long as the expected accuracy of the whole
split rises. Nothing of the true frames, nor of another split, goes into that choice.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch

from engine.arrays import Bools, Doubles
from engine.errors import OutOfRangeError
from engine.recommend.polyphony_echo import echoes
from engine.recommend.polyphony_frames import KEYS
from engine.recommend.polyphony_network import BACK, END, NONE, FrameNetwork, Known, decisions_of, late_frames
from engine.recommend.polyphony_player import members
from engine.training import polyphony_data
from engine.training.polyphony_data import Frames
from engine.training.score import Measure

SAMPLES: Final = 12
SEED: Final = 0
_TOGETHER: Final = 128  # frames sampled at once
_NATS: Final = (
    "{style}, {split}: mean of -ln P(frame | all frames before it in the piece) over all steps of all pieces in one "
    "list, 88 keys, ICML 2012 split and keys, note by note, exact{mean}"
)
_ACCURACY: Final = (
    "{style}, {split}: 100 TP / (TP + FP + FN) over all frames of all pieces in one list, each predicted from the true "
    f"past by the marginals of {SAMPLES} draws, keys chosen for the greatest expected accuracy"
)


def measure(data: Path, *, split: str) -> Iterator[Measure]:
    """Both figures for every set whose file lies in the folder."""
    torch.set_num_threads(1)
    styles = [style for style, name in polyphony_data.FILES.items() if (data / name).is_file()]
    if not styles or split not in polyphony_data.SPLITS:
        raise OutOfRangeError(
            f"{data} must hold one of {', '.join(polyphony_data.FILES.values())}, and the split be one of "
            f"{', '.join(polyphony_data.SPLITS)}"
        )
    for style in styles:
        yield from measure_style(members(style), polyphony_data.read(data, style)[split], style=style, split=split)


@torch.inference_mode()
def measure_style(
    networks: Sequence[FrameNetwork], pieces: Sequence[Frames], *, style: str, split: str
) -> Iterator[Measure]:
    """Nats a step and accuracy in percent of some networks together on some pieces."""
    steps = sum(len(piece) for piece in pieces)
    if not steps:
        raise OutOfRangeError(f"{style} has no pieces in its split {split!r}")
    nats = sum(nats_of(networks, piece) for piece in pieces) / steps
    mean = f", mean of {len(networks)} networks at each decision" if len(networks) > 1 else ""
    words = {"style": style, "split": split}
    yield Measure(metric="nats_per_step", value=nats, convention=_NATS.format(**words, mean=mean), count=steps)
    generator = torch.Generator().manual_seed(SEED)
    chances = np.concatenate([marginals(networks, piece, generator) for piece in pieces])
    accuracy = 100 * accuracy_of(chosen(chances), np.concatenate(pieces) > 0)
    yield Measure(metric="frame_accuracy_percent", value=accuracy, convention=_ACCURACY.format(**words), count=steps)


def nats_of(networks: Sequence[FrameNetwork], piece: Frames) -> float:
    """-ln P of one piece (steps, 88), summed over its steps."""
    frames, echo = torch.from_numpy(piece)[None], [torch.from_numpy(values)[None] for values in echoes(piece)]
    everything = torch.ones(frames.shape[:2], dtype=torch.bool)
    likely = torch.stack([network(frames, everything, *echo)[0] for network in networks])
    mean = torch.logsumexp(likely, 0) - np.log(len(networks))
    return -float(mean.gather(1, decisions_of(frames[0]).target[:, None]).double().sum())


def marginals(networks: Sequence[FrameNetwork], piece: Frames, generator: torch.Generator) -> Doubles:
    """Chance of every key in every frame of a piece (steps, 88), given the true frames before it; same shape, float64.

    Each draw adds the chances its decisions gave to every key, not only to the one that was drawn: of the decisions of
    a frame at most one takes a key, so the sum has the same mean and varies less.
    """
    known = [_known(network, piece) for network in networks]
    found = []
    for first in range(0, len(piece), _TOGETHER):
        part = slice(first, first + _TOGETHER)
        found.append(_sampled(networks, [one.of(part) for one in known], generator))
    return np.concatenate(found)


def _known(network: FrameNetwork, piece: Frames) -> Known:
    frames, echo = torch.from_numpy(piece)[None], [torch.from_numpy(values) for values in echoes(piece)]
    states = network.walk(late_frames(frames, 1))
    recalled = network.recall(states, frames)[0]
    before = torch.stack([late_frames(frames, back)[0] for back in BACK], 1)
    return network.know(states[0], before, recalled, *echo)


def _sampled(networks: Sequence[FrameNetwork], known: Sequence[Known], generator: torch.Generator) -> Doubles:
    steps = len(known[0].state)
    frame = torch.arange(steps).repeat_interleave(SAMPLES)
    drawn, last = torch.zeros(len(frame), KEYS), torch.full((len(frame),), NONE)
    total = torch.zeros(steps, KEYS)
    while len(frame):
        chances = torch.stack(
            [network.decide(one.of(frame), drawn, last).exp() for network, one in zip(networks, known, strict=True)]
        ).mean(0)
        total.index_add_(0, frame, chances[:, :KEYS])
        choice = torch.multinomial(chances, 1, generator=generator)[:, 0]
        going = choice != END
        frame, drawn, last = frame[going], drawn[going], choice[going]
        drawn[torch.arange(len(last)), last] = 1
    return total.double().numpy() / SAMPLES


def chosen(chances: Doubles) -> Bools:
    """The keys to name so that expected TP / (TP + FP + FN) over all frames is greatest, same shape."""
    order = np.sort(chances, axis=None)[::-1]
    hits = order.cumsum()
    expected = hits / (np.arange(1, len(order) + 1) + order.sum() - hits)
    return np.asarray(chances >= order[int(expected.argmax())])


def accuracy_of(named: Bools, true: Bools) -> float:
    """TP / (TP + FP + FN), 0..1; 1 where there is nothing to name and nothing is named."""
    either = int((named | true).sum())
    return float((named & true).sum()) / either if either else 1.0
