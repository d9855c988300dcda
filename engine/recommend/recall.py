"""Memory of a piece: where was it as it is now, and what came then.

A recurrent state forgets a refrain after a few bars. Here the state of a step asks the states of all steps before it,
and what sounded at those it matches is handed to the decoder: what came next the last time. Each step's question is
asked before the step itself is known, so the factorisation stays exact.
"""

import math
from typing import Final

import torch
from torch import Tensor, nn

STEPS_MAX: Final = 512  # how far memory reaches back


class Recall(nn.Module):
    """Attention from each step's state to the states before it; the values are what sounded there.

    Source: Bahdanau, Cho and Bengio, "Neural machine translation by jointly learning to align and translate", ICLR
    2015 (attention); Vinyals, Fortunato and Jaitly, "Pointer networks", NIPS 2015 (its weights as the answer).
    """

    def __init__(self, width: int, *, heads: int = 4, size: int = 32) -> None:
        super().__init__()
        self.heads, self.size = heads, size
        self.query = nn.Linear(width, heads * size)
        self.key = nn.Linear(width, heads * size)

    def forward(self, states: Tensor, sounded: Tensor) -> Tensor:
        """What sounded where the piece was as it is now.

        Parameters
        ----------
        states : (batch, steps, width); the state at step t knows what sounded before t
        sounded : (batch, steps, sounds) in 0..1

        Returns
        -------
        (batch, steps, heads, sounds), each a mean over the steps before; zeros at step 0
        """
        batch, steps, _ = states.shape
        query = self.query(states).view(batch, steps, self.heads, self.size).transpose(1, 2)
        key = self.key(states).view(batch, steps, self.heads, self.size).transpose(1, 2)
        far = torch.arange(steps, device=states.device)
        back = far[:, None] - far[None]
        scores = query @ key.transpose(2, 3) / math.sqrt(self.size)
        scores = scores.masked_fill((back < 1) | (back > STEPS_MAX), -1e9)
        weights = torch.softmax(scores, dim=3) * (far > 0)[:, None]
        return (weights @ sounded[:, None]).transpose(1, 2)

    def one(self, state: Tensor, keys: Tensor, sounded: Tensor) -> Tensor:
        """The same for one step: (rows, width), (rows, past, heads, size) of `keys_of`, (rows, past, sounds)."""
        if keys.shape[1] == 0:
            return torch.zeros(len(state), self.heads, sounded.shape[2])
        query = self.query(state).view(len(state), self.heads, self.size)
        scores = torch.einsum("rhs,rphs->rhp", query, keys[:, -STEPS_MAX:]) / math.sqrt(self.size)
        return torch.softmax(scores, dim=2) @ sounded[:, -STEPS_MAX:]

    def keys_of(self, states: Tensor) -> Tensor:
        """How states are found again: (..., width) -> (..., heads, size)."""
        return self.key(states).view(*states.shape[:-1], self.heads, self.size)  # type: ignore[no-any-return]
