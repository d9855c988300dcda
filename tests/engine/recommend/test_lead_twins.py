import random

import numpy as np
import torch

from engine.recommend.lead_events import Event, Harmony, Setting, contexts
from engine.recommend.lead_network import LeadNetwork, indices
from engine.recommend.performance_features import FEATURES
from engine.recommend.performance_network import VELOCITY_CENTRE, VELOCITY_SPAN, PerformanceNetwork
from engine.recommend.skeleton import EXTRA, extra_of
from engine.training.fitting import Fit, Task
from engine.training.lead_loop import LeadTwin, as_batch, line_of
from engine.training.performance_network import PerformanceTwin

SETTING = Setting(
    harmonies=(Harmony(0, 0, frozenset({0, 4, 7})), Harmony(16, 12, frozenset()), Harmony(24, 9, frozenset({9, 0, 4}))),
    bar_steps=16,
    is_minor=False,
)


def events(seed=3) -> list[Event]:
    chance, at, found = random.Random(seed), 0, []
    for _ in range(60):
        steps = chance.choice([1, 2, 4, 8])
        found.append(Event(at, chance.choice([0, 13, 15, 17, 20]), steps))
        at += steps
    return found


def arrays(module: torch.nn.Module) -> dict[str, np.ndarray]:
    return {name: value.detach().numpy() for name, value in module.state_dict().items()}


def test_the_network_that_writes_agrees_with_the_one_that_was_trained():
    torch.manual_seed(1)
    twin = LeadTwin(EXTRA).eval()
    network = LeadNetwork(arrays(twin))
    sung = events()
    told = list(contexts(sung, SETTING))
    more = [extra_of(notes_left=i % 5, steps_left=i % 9, after=20, is_structural=i % 2 == 0) for i in range(len(sung))]
    line = line_of(told, [event.token for event in sung], [event.steps for event in sung], more=more, extra=EXTRA)

    pitch, steps = twin(as_batch([line]))

    memory = network.first_memory()
    for number, (context, event) in enumerate(zip(told, sung, strict=True)):
        memory = network.remember(indices(context, more[number], EXTRA), memory)
        assert np.allclose(network.pitch_logits(memory, context), pitch[0, number].detach(), atol=1e-4)
        assert np.allclose(network.steps_logits(memory, context, event.token), steps[0, number].detach(), atol=1e-4)


def test_the_network_that_performs_agrees_with_the_one_that_was_trained():
    torch.manual_seed(2)
    twin = PerformanceTwin().eval()
    bar = np.repeat(np.array([0, 1, 1, 3, 4]), 12)
    seen = np.random.default_rng(0).normal(size=(len(bar), FEATURES)).astype(np.float32)

    mean, spread = PerformanceNetwork(arrays(twin))(seen, bar)

    mean_there, log_spread = twin(torch.from_numpy(seen)[None], torch.from_numpy(bar)[None])
    assert np.allclose(mean, VELOCITY_CENTRE + VELOCITY_SPAN * mean_there[0].detach().numpy(), atol=1e-3)
    assert np.allclose(spread, VELOCITY_SPAN * np.exp(log_spread[0].detach().numpy()), atol=1e-3)


def test_a_training_that_was_cut_off_ends_as_one_that_was_not(tmp_path):
    def fit(name: str, epochs: int, planned: int) -> torch.Tensor:
        torch.manual_seed(5)
        whole = Fit(torch.nn.Linear(3, 1), tmp_path / f"{name}.checkpoint", learning_rate=0.1)
        task = Task(
            batches=lambda epoch: iter(torch.randn(4, 8, 3, generator=torch.Generator().manual_seed(epoch))),
            loss=lambda network, batch: (network(batch) - batch.sum(dim=1, keepdim=True)).square().mean(),
            validate=lambda network: float((network.weight - 1).square().sum()),
            keep=lambda network: None,
        )
        # The rate follows the plan, so a run that stops early is one that was planned with more steps an epoch.
        whole.run(task, epochs=epochs, steps_per_epoch=4 * planned // epochs, tell=lambda line: None)
        return whole.network.weight.detach().clone()

    in_one = fit("one", 4, 4)
    fit("two", 2, 4)

    assert torch.equal(fit("two", 4, 4), in_one)
    assert float((in_one - 1).abs().max()) < 0.7
    assert len((tmp_path / "two.csv").read_text().splitlines()) == 4
