"""A gated recurrent unit over whole sequences, with a backward pass that is quick on one thread.

PyTorch adds up the gradient of the recurrent weights step by step; here it is one product at the end, over all steps at
once. Sums, names and order of the gates (reset, update, new) are those of `torch.nn.GRU`.

Source: Cho and others, "Learning phrase representations using RNN encoder-decoder", EMNLP 2014.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable


class Walker(nn.Module):
    """One layer of gated recurrent units, batch first."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.width = width
        self.given = nn.Linear(inputs, 3 * width)
        self.kept = nn.Linear(width, 3 * width)
        for values in self.parameters():
            nn.init.uniform_(values, -(width**-0.5), width**-0.5)

    def forward(self, inputs: Tensor, state: Tensor | None = None) -> Tensor:
        """(batch, steps, inputs), and the state to start from (batch, width) -> (batch, steps, width)."""
        start = inputs.new_zeros(len(inputs), self.width) if state is None else state
        gates = self.given(inputs).transpose(0, 1).contiguous()
        states: Tensor = _Walk.apply(gates, start, self.kept.weight, self.kept.bias)  # type: ignore[no-untyped-call]
        return states.transpose(0, 1)


class _Walk(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, gates: Tensor, start: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """gates : (steps, batch, 3 width) what the inputs say; returns (steps, batch, width)."""
        steps, batch, width = len(gates), len(start), start.shape[1]
        states = gates.new_empty(steps + 1, batch, width)
        opened, news = gates.new_empty(steps, batch, 2 * width), gates.new_empty(steps, batch, width)
        kept_news = torch.empty_like(news)
        states[0] = start
        turned = weight.t().contiguous()
        for step in range(steps):
            kept = torch.addmm(bias, states[step], turned)
            torch.sigmoid(kept[:, : 2 * width].add_(gates[step, :, : 2 * width]), out=opened[step])
            kept_news[step] = kept[:, 2 * width :]
            new = torch.addcmul(gates[step, :, 2 * width :], opened[step, :, :width], kept_news[step])
            torch.tanh(new, out=news[step])
            torch.lerp(news[step], states[step], opened[step, :, width:], out=states[step + 1])
        ctx.save_for_backward(states, opened, news, kept_news, weight)
        return states[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grads: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        states, opened, news, kept_news, weight = ctx.saved_tensors
        steps, width = len(news), news.shape[2]
        reset, update = opened[:, :, :width], opened[:, :, width:]
        # What of each gradient does not depend on later steps, for all steps at once.
        to_new = (1 - update) * (1 - news * news)
        to_update = (states[:-1] - news) * update * (1 - update)
        to_reset = kept_news * reset * (1 - reset)
        given = torch.empty(steps, news.shape[1], 3 * width)
        kept = torch.empty_like(given)
        back = torch.zeros_like(states[0])
        for step in range(steps - 1, -1, -1):
            back = back + grads[step]
            new = back * to_new[step]
            torch.mul(new, to_reset[step], out=kept[step, :, :width])
            torch.mul(back, to_update[step], out=kept[step, :, width : 2 * width])
            torch.mul(new, reset[step], out=kept[step, :, 2 * width :])
            given[step, :, 2 * width :] = new
            back = torch.addmm(back * update[step], kept[step], weight)
        given[:, :, : 2 * width] = kept[:, :, : 2 * width]
        flat = kept.flatten(0, 1)
        return given, back, flat.t() @ states[:-1].flatten(0, 1), flat.sum(0)
