import torch

from engine.recommend.recall import Recall
from engine.recommend.walker import Walker


def test_the_walker_is_a_gated_recurrent_unit_and_so_are_its_gradients():
    torch.manual_seed(0)
    walker, known = Walker(5, 7), torch.nn.GRU(5, 7, batch_first=True)
    known.load_state_dict(
        {
            "weight_ih_l0": walker.given.weight,
            "weight_hh_l0": walker.kept.weight,
            "bias_ih_l0": walker.given.bias,
            "bias_hh_l0": walker.kept.bias,
        }
    )
    found = []
    for network, ours in ((walker, True), (known, False)):
        inputs = torch.linspace(-2, 2, 2 * 9 * 5).view(2, 9, 5).requires_grad_()
        start = torch.linspace(-1, 1, 14).view(2, 7).requires_grad_()
        states = network(inputs, start) if ours else network(inputs, start[None])[0]
        states.pow(3).sum().backward()
        recurrent = walker.kept.weight.grad if ours else known.weight_hh_l0.grad
        found.append((states.detach(), inputs.grad, start.grad, recurrent))

    for mine, theirs in zip(*found, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-5)


def test_memory_never_sees_the_step_it_is_asked_at_and_one_step_alone_agrees():
    torch.manual_seed(0)
    recall = Recall(6, heads=2)
    states, sounded = torch.randn(1, 8, 6), torch.rand(1, 8, 3)
    other = sounded.clone()
    other[:, 5:] = 0

    whole, changed = recall(states, sounded), recall(states, other)
    alone = recall.one(states[:, 5], recall.keys_of(states[:, :5]), sounded[:, :5])

    torch.testing.assert_close(whole[:, :6], changed[:, :6])
    torch.testing.assert_close(whole[:, 5], alone)
    assert not whole[:, 0].any()
