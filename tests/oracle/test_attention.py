"""Attention with every mask: values, gradients and refusals are torch's."""

import itertools

import numpy as np
import pytest
import torch

import tinygrad_fr as tg
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.nn import functional as F

INF = float("inf")
RNG = np.random.default_rng(0)


def masks(lead, length, source):
    """None, and masks of booleans and floats that broadcast in every way, one row of which sees nothing."""
    yield None
    for sides in ((length, source), (1, source), (length, 1), (*lead, length, source), (*lead[:1], *(1,) * (len(lead) - 1), 1, source)):  # fmt: skip
        seen = RNG.random(sides) < 0.6
        if len(sides) > 1 and sides[-2] > 1:
            seen[..., 1, :] = False  # a query that sees nothing
        yield seen
        yield np.where(seen, RNG.normal(size=sides), -INF)
        yield RNG.normal(size=sides).astype(np.float32)


def both(lead, length, source, dtype):
    for sides in ((*lead, length, 4), (*lead, source, 4), (*lead, source, 3)):
        x = RNG.normal(size=sides).astype(dtype)
        yield torch.tensor(x, requires_grad=True), tg.tensor(x, requires_grad=True)


def compare(theirs, ours, pairs, rtol):
    assert (ours.shape, str(ours.dtype)) == (tuple(theirs.shape), str(theirs.dtype))
    assert np.allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol, rtol)
    weights = np.cos(np.arange(theirs.numel())).reshape(theirs.shape).astype(ours.dtype)
    (theirs * torch.tensor(weights)).sum().backward()
    (ours * tg.tensor(weights)).sum().backward()
    for a, b in pairs:
        expected = np.zeros(tuple(a.shape)) if a.grad is None else a.grad.detach().numpy()
        found = np.zeros(b.shape) if b.grad is None else b.grad.detach().numpy()
        assert np.isfinite(found).all()
        assert np.allclose(found, expected, rtol, rtol)


# The last is large enough for blocks.
@pytest.mark.parametrize(("lead", "length", "source"), [((), 3, 5), ((2,), 3, 5), ((2, 3), 4, 4), ((2, 2), 40, 48)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_mask(lead, length, source, dtype):
    seen = 0
    for mask, scale, moved in itertools.product(masks(lead, length, source), (None, 0.3), (False, True)):
        pairs = list(both(lead, length, source, dtype))
        m = n = None
        if mask is not None:
            mask = mask.astype(dtype) if mask.dtype == np.float64 else mask
            m, n = torch.tensor(mask), tg.tensor(mask)
            if moved and mask.dtype == dtype:
                pairs.append((m.requires_grad_(True), n.requires_grad_(True)))
        theirs = torch.nn.functional.scaled_dot_product_attention(*(a for a, _ in pairs[:3]), m, scale=scale)
        ours = F.scaled_dot_product_attention(*(b for _, b in pairs[:3]), n, scale=scale)
        compare(theirs, ours, pairs, 2e-5 if dtype == np.float32 else 1e-9)
        seen += 1
    assert seen == 64


@pytest.mark.parametrize(
    ("lead", "length", "source"), [((2,), 3, 5), ((2, 3), 4, 4), ((2, 2), 40, 48), ((2, 2), 48, 40)]
)
def test_a_causal_mask_and_another_are_both_applied(lead, length, source):
    for mask in masks(lead, length, source):
        pairs = list(both(lead, length, source, np.float64))
        causal = torch.ones(length, source, dtype=torch.bool).tril()
        whole = causal
        if mask is not None:
            m = torch.tensor(mask)
            whole = causal & m if m.dtype == torch.bool else torch.where(causal, m.double(), -INF)
        theirs = torch.nn.functional.scaled_dot_product_attention(*(a for a, _ in pairs), whole)
        given = None if mask is None else tg.tensor(mask)
        ours = F.scaled_dot_product_attention(*(b for _, b in pairs), given, is_causal=True)
        compare(theirs, ours, pairs, 1e-9)


def test_grouped_queries():
    q, k, v = (RNG.normal(size=(1, heads, 3, 4)) for heads in (8, 2, 2))
    theirs = torch.nn.functional.scaled_dot_product_attention(*map(torch.tensor, (q, k, v)), enable_gqa=True)
    ours = F.scaled_dot_product_attention(*map(tg.tensor, (q, k, v)), enable_gqa=True)
    assert np.allclose(ours.detach().numpy(), theirs.detach().numpy(), 1e-12)


Z = np.zeros


@pytest.mark.parametrize(
    "arguments",
    [
        ((Z((2, 3, 4)), Z((2, 5, 4)), Z((2, 5, 4)), Z((4, 2, 3, 5))), {}),
        ((Z((2, 3, 4)), Z((2, 5, 4)), Z((2, 5, 4)), Z((3, 4))), {}),
        ((Z((1, 4)), Z((5, 4)), Z((5, 4)), Z((3, 5))), {}),  # a mask does not make the scores more
        ((Z((1, 3, 4)), Z((1, 5, 4)), Z((1, 5, 4)), Z((2, 3, 5))), {}),
        ((Z((3, 4)), Z((1, 4)), Z((1, 4)), Z((3, 5))), {}),
        ((Z((2, 3, 4)), Z((2, 5, 4)), Z((2, 5, 4)), Z((3, 5), int)), {}),
        ((Z((2, 3, 4), np.float32), Z((2, 5, 4), np.float32), Z((2, 5, 4), np.float32), Z((3, 5))), {}),
        ((Z(4), Z((2, 5, 4)), Z((2, 5, 4))), {}),
        ((Z((2, 3, 4)), Z((2, 5, 4), np.float32), Z((2, 5, 4))), {}),
        ((Z((2, 3, 4), int), Z((2, 5, 4), int), Z((2, 5, 4), int)), {}),
        ((Z((2, 3, 4)), Z((2, 4, 4)), Z((2, 5, 4))), {}),
        ((Z((2, 3, 4)), Z((2, 5, 3)), Z((2, 5, 4))), {}),
        ((Z((2, 3, 4)), Z((2, 5, 4)), Z((2, 5, 4))), {"dropout_p": 1.5}),
        ((Z((2, 3, 4)), Z((2, 5, 4)), Z((2, 5, 4)), Z((3, 5))), {"dropout_p": 0.5, "is_causal": True}),
        ((Z((1, 8, 3, 4)), Z((1, 3, 5, 4)), Z((1, 3, 5, 4))), {"enable_gqa": True}),
        ((Z((1, 8, 3, 4)), Z((1, 2, 5, 4)), Z((1, 2, 5, 4))), {}),
    ],
)
def test_refusals(arguments):
    arrays, setting = arguments
    with pytest.raises(RuntimeError):
        torch.nn.functional.scaled_dot_product_attention(*map(torch.tensor, arrays), **setting)
    with pytest.raises(RuntimeError) as caught:
        F.scaled_dot_product_attention(*map(tg.tensor, arrays), **setting)
    assert isinstance(caught.value, TinygradError)


@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.parametrize("causal", [True, False])
def test_a_module_with_both_masks(need_weights, causal):
    """Asked for its weights a row that sees nothing is NaN, else 0: as in torch."""
    theirs = torch.nn.MultiheadAttention(4, 2, batch_first=True, dtype=torch.float64)
    ours = tg.nn.MultiheadAttention(4, 2, batch_first=True).to(tg.float64)
    ours.load_state_dict({name: tg.tensor(x.detach().numpy()) for name, x in theirs.state_dict().items()})
    x = RNG.normal(size=(2, 3, 4))
    padding = np.array([[False, False, True], [True, True, True]])
    mask = ~np.tri(3, dtype=bool) if causal else None
    expected, shares = theirs(
        *(torch.tensor(x),) * 3,
        key_padding_mask=torch.tensor(padding),
        attn_mask=None if mask is None else torch.tensor(mask),
        need_weights=need_weights,
    )
    found, own = ours(
        *(tg.tensor(x),) * 3,
        key_padding_mask=tg.tensor(padding),
        attn_mask=None if mask is None else tg.tensor(mask),
        need_weights=need_weights,
    )
    assert np.allclose(found.detach().numpy(), expected.detach().numpy(), 1e-6, 1e-6, equal_nan=True)
    if need_weights:
        assert np.allclose(own.detach().numpy(), shares.detach().numpy(), 1e-6, 1e-6, equal_nan=True)


SHAPES = [(4,), (3, 4), (5, 4), (3, 2, 4), (5, 2, 4), (3, 1, 4), (5, 1, 4), (1, 3, 2, 4)]
REFUSED = {torch: (AssertionError, RuntimeError, IndexError), tg: TinygradError}
MASKS = [None, (3,), (3, 3), (3, 5), (1, 3), (5, 3), (4, 3, 3), (2, 3, 5), (1, 3, 3), (1, 1, 3, 3)]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("query", SHAPES)
def test_shapes_that_a_module_takes(query, batch_first):
    layers = [package.nn.MultiheadAttention(4, 2, batch_first=batch_first) for package in (torch, tg)]
    layers[1].load_state_dict({name: tg.tensor(x.numpy()) for name, x in layers[0].state_dict().items()})
    for key, value, mask in itertools.product(SHAPES, SHAPES[1:5], MASKS):
        if mask is not None and key != value:
            continue
        given = [np.sin(np.arange(np.prod(shape), dtype=np.float32)).reshape(shape) for shape in (query, key, value)]
        found = []
        for package, layer in zip((torch, tg), layers, strict=True):
            hidden = (
                None
                if mask is None
                else package.tensor(np.eye(*mask[-2:], dtype=bool) if len(mask) > 1 else [True, False, False])
            )
            hidden = hidden if hidden is None else hidden.expand(mask)
            try:
                y, shares = layer(*map(package.tensor, given), attn_mask=hidden)
                found.append((y.detach().numpy(), shares.detach().numpy()))
            except REFUSED[package]:
                found.append(None)
        theirs, ours = found
        assert (ours is None) == (theirs is None), (key, value, mask)
        for mine, other in zip(ours or (), theirs or (), strict=True):
            np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-6)
