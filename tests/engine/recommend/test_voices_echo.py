import torch

from engine.recommend.voices_echo import TOLD, Echo, echoes
from engine.recommend.voices_network import Sizes, VoicesNetwork
from engine.recommend.voices_parts import UNKNOWN

CHORDS = torch.tensor([[72, 67, 64, 48], [74, 67, 59, 55], [76, 67, 60, 48], [77, 69, 60, 53], [74, 65, 59, 50]])


def section() -> torch.Tensor:
    """Five chords of two sixteenths: (1, 4, 10)."""
    return CHORDS.repeat_interleave(2, 0).t()[None]


def test_a_section_sung_again_is_echoed():
    grid = torch.cat([section(), section()], 2)

    echo = echoes(grid)

    assert torch.equal(echo.sound[0, 12:], grid[0, :, 12:].t())


def test_an_echo_knows_nothing_of_what_comes_after():
    grid = torch.cat([section(), section()], 2)
    other = grid.clone()
    other[:, :, 14:] += 1

    before, after = echoes(grid), echoes(other)

    assert torch.equal(before.sound[:, :15], after.sound[:, :15])
    assert torch.equal(before.told[:, :15], after.told[:, :15])


def test_each_grid_of_a_batch_is_heard_for_itself():
    grids = torch.cat([torch.cat([section(), section()], 2), torch.cat([section(), section().flip(2)], 2)])

    together, alone = echoes(grids), echoes(grids[1:])

    assert torch.equal(together.sound[1:], alone.sound)
    assert torch.equal(together.told[1:], alone.told)


def test_an_echo_counts_only_where_it_agrees_with_what_stands():
    torch.manual_seed(1)
    network = VoicesNetwork(Sizes(embedding=8, given=8, state=16, hidden=8)).eval().requires_grad_(False)
    alto = network.decisions[1]
    torch.nn.init.constant_(alto.echo_odds.bias, 20.0)
    echo = Echo(CHORDS[:1], torch.zeros(1, TOLD))
    plain = torch.zeros(1, alto.to_sound.out_features)
    agreeing = torch.tensor([[72, UNKNOWN, UNKNOWN, 48]])
    other = torch.tensor([[71, UNKNOWN, UNKNOWN, 48]])

    sure, unmoved = (alto._with_echo(plain, torch.zeros(1, 8), seen, echo) for seen in (agreeing, other))

    assert float(torch.softmax(sure, 1).max()) > 0.999
    assert torch.equal(unmoved, plain)
