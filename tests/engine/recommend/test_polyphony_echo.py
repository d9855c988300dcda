import numpy as np
import pytest
import torch

from engine.recommend.polyphony_echo import TOLD, WAYS, Listener, echoes
from engine.recommend.polyphony_network import END, NONE, FrameNetwork, Known, Sizes
from engine.recommend.polyphony_player import Bounds, Chance, Player

GENERATOR = np.random.default_rng(5)


def frames_of(chords: list[tuple[int, ...]]) -> np.ndarray:
    frames = np.zeros((len(chords), 88), np.float32)
    for at, chord in enumerate(chords):
        frames[at, list(chord)] = 1
    return frames


SECTION = frames_of([(27, 43, 46, 51), (32, 39, 48, 56), (34, 41, 50, 53), (31, 43, 46, 50), (29, 44, 48, 55)])


def test_a_section_played_again_is_echoed_from_its_second_step_on():
    echo = echoes(np.concatenate([SECTION, SECTION]))

    assert np.array_equal(echo.frames[6:, 0], SECTION[1:])
    assert echo.told[6:, 0, 0].all()  # at least one step agrees


def test_the_same_tune_over_other_harmony_is_echoed_by_its_top_notes():
    other = SECTION.copy()
    other[:, :45] = np.roll(other[:, :45], 2, axis=1)

    echo = echoes(np.concatenate([SECTION, other]))

    assert np.array_equal(echo.frames[6:, 1], SECTION[1:])
    assert not echo.told[6, 0, 0]  # no whole frame is the same


def test_where_a_section_has_come_twice_the_echo_says_so():
    told = echoes(np.concatenate([SECTION, SECTION, SECTION[:1]])).told

    assert told[10, 0, -3]
    assert not told[6:10, 0, -3].any()


def test_an_echo_knows_nothing_of_what_comes_after():
    piece = (GENERATOR.random((40, 88)) < 0.02).astype(np.float32)
    changed = piece.copy()
    changed[20:] = SECTION[0]

    before, after = echoes(piece), echoes(changed)

    assert np.array_equal(before.frames[:21], after.frames[:21])
    assert np.array_equal(before.told[:21], after.told[:21])


def test_a_piece_without_frames_has_no_echo():
    assert echoes(np.zeros((0, 88), np.float32)).frames.shape == (0, WAYS, 88)
    assert not Listener().echo().frames.any()


@pytest.fixture
def network() -> FrameNetwork:
    torch.manual_seed(3)
    network = FrameNetwork(Sizes(frame=16, state=24, hidden=16, key=8)).eval().requires_grad_(False)
    for layer in (network.echo_around, network.echo_told, network.echo_odds):
        torch.nn.init.normal_(layer.weight, std=0.5)
    return network


def heard(network: FrameNetwork, piece: np.ndarray) -> tuple[torch.Tensor, ...]:
    echo = echoes(piece)
    frames = torch.from_numpy(piece)[None]
    return frames, torch.ones(1, len(piece), dtype=torch.bool), *(torch.from_numpy(values)[None] for values in echo)


def test_chances_of_every_decision_sum_to_one(network):
    likely, _ = network(*heard(network, np.concatenate([SECTION, SECTION])))

    assert torch.allclose(likely.exp().sum(1), torch.ones(len(likely)), atol=1e-5)


def test_an_echo_counts_only_while_what_is_drawn_agrees_with_it(network):
    torch.nn.init.zeros_(network.echo_odds.weight)
    torch.nn.init.constant_(network.echo_odds.bias, 20.0)
    echoed = torch.from_numpy(SECTION[:1])[:, None].repeat(1, WAYS, 1)
    known = Known(torch.zeros(1, 24), torch.zeros(1, 88, 8), torch.zeros(1, 88), echoed, torch.zeros(1, WAYS, TOLD))
    keys = np.flatnonzero(SECTION[0]).tolist()
    drawn, chances = torch.zeros(1, 88), []
    for last, follows in zip([NONE, *keys], [*keys, END], strict=True):
        if last != NONE:
            drawn[0, last] = 1
        chances.append(float(network.decide(known, drawn, torch.tensor([last])).exp()[0, follows]))
    drawn[0, keys[0]] = 0

    assert min(chances) > 0.999
    assert float(network.decide(known, drawn, torch.tensor([keys[-1]])).exp()[0, END]) < 0.5


def test_a_player_is_as_surprised_by_what_it_draws_as_the_whole_piece_says(network):
    player = Player([network], np.concatenate([SECTION, SECTION]))
    given = player.steps
    drawn = [player.draw(Bounds(), Chance(seed=4, variant=0, temperature_milli=1000)) for _ in range(6)]

    piece = np.concatenate([SECTION, SECTION, drawn])
    likely, found = network(*heard(network, piece))
    of_drawn = found.frame >= given
    chosen = likely.gather(1, found.target[:, None])[of_drawn]
    assert player.log_likelihood == pytest.approx(float(chosen.sum()), abs=1e-3)


def test_how_gladly_an_echo_is_taken_can_be_steered(network):
    _, _, echoed, told = heard(network, np.concatenate([SECTION, SECTION]))
    known = Known(torch.zeros(1, 24), torch.zeros(1, 88, 8), torch.zeros(1, 88), echoed[0, 7:8], told[0, 7:8])
    lowest = int(echoed[0, 7, 0].argmax())

    chances = [
        float(network.decide(known, torch.zeros(1, 88), torch.tensor([NONE]), repeats=repeats).exp()[0, lowest])
        for repeats in (-6.0, 0.0, 3.0)
    ]

    assert chances[0] < chances[1] < chances[2]
