"""Networks as their libraries make them, without what the libraries would draw for nothing."""

import pytest
import timm
import torch
from torch import nn

from askew.errors import BadInput
from askew_models.making import drawn, filled


def small(name: str) -> nn.Module:
    module: nn.Module = timm.create_model(name, num_classes=7)
    return module


def state(module: nn.Module) -> dict[str, torch.Tensor]:
    return module.state_dict()


@pytest.mark.parametrize("name", ["resnet10t", "vit_tiny_patch16_224", "convnext_atto", "test_efficientnet"])
def test_a_seed_gives_the_same_weights_whatever_was_drawn_before(name: str) -> None:
    torch.manual_seed(1)
    first = state(drawn(5, lambda: small(name)))
    torch.rand(100)
    again, other = state(drawn(5, lambda: small(name))), state(drawn(6, lambda: small(name)))
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert any(not torch.equal(first[key], other[key]) for key in first)
    torch.manual_seed(5)
    plain = state(small(name))
    assert all(torch.equal(first[key], plain[key]) for key in first)


def test_the_generator_that_everybody_shares_stays_as_it_was() -> None:
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    drawn(9, lambda: small("resnet10t"))
    given = state(small("resnet10t"))
    torch.manual_seed(3)

    def make() -> nn.Module:
        module = small("resnet10t")
        module.load_state_dict(given)
        return module

    filled("net", make)
    assert torch.equal(torch.rand(4), expected)


@pytest.mark.parametrize("name", [*timm.list_models("test_*")[:12], "resnet10t", "swin_tiny_patch4_window7_224"])
def test_a_filled_network_is_the_same_as_one_that_was_drawn_first(name: str) -> None:
    torch.manual_seed(1)
    usual = small(name).eval()
    given = state(usual)

    def make() -> nn.Module:
        module = small(name)
        module.load_state_dict(given)
        return module

    module = filled("net", make).eval()
    assert all(torch.equal(value, given[key]) for key, value in state(module).items())
    buffers = dict(module.named_buffers())
    assert all(torch.equal(value, buffers[key]) for key, value in usual.named_buffers())


def test_weights_that_were_neither_drawn_nor_read_are_refused() -> None:
    given = {key: value for key, value in state(small("resnet10t")).items() if not key.startswith("fc.")}

    def make() -> nn.Module:
        module = small("resnet10t")
        module.load_state_dict(given, strict=False)
        return module

    with pytest.raises(
        BadInput, match=r"^observer net: its file has no weights for 'fc.weight'( and 1 more)?; use one"
    ):
        filled("observer net", make)


def test_whatever_is_made_afterwards_is_drawn_again() -> None:
    given = state(nn.Linear(3, 3))

    def make() -> nn.Module:
        module = nn.Linear(3, 3)
        module.load_state_dict(given)
        return module

    filled("net", make)
    spread = nn.Linear(1000, 1000).weight.std().item()
    assert spread == pytest.approx(1 / (3 * 1000) ** 0.5, rel=0.02)  # uniform within one over the root of the width
