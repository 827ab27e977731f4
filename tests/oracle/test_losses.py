"""Every loss at its edges: 0, 1, infinities, huge scores, no rows, nothing counted; values, gradients and refusals are torch's."""

import itertools
import warnings

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

INF, NAN = float("inf"), float("nan")
SCORES = np.array([0, 1, -1, 0.5, -0.5, 2, -2, 20, -20, 100, -100, 1000, -1000, 1e30, -1e30, 1e-8, -1e-8, 1e-40])
EDGES = np.array([*SCORES, INF, -INF, NAN])
PROBABILITIES = np.array([0, 1, 0.5, 1e-8, 1 - 1e-7, 1e-13, 1e-40, 0.999])
REDUCTIONS = ("none", "mean", "sum", "bad")
NO_ROWS = np.zeros((0, 3))
ROWS = np.array(
    [[0, 0, 0], [1, 2, 3], [1000, 0, -1000], [-1000, -1000, 1000], [INF, 0, 0], [-INF, 0, 0], [-INF] * 3, [NAN, 0, 0]]
)
LABELS = np.array([0, 1, 2, 0, 1, 2, 0, 1])
WEIGHTS = (None, np.array([1.0, 2, 3]), np.zeros(3), np.array([0.0, 1, 0]), np.ones(2))


def pairs(first, second):
    grid = np.array(list(itertools.product(first, second)))
    return grid[:, 0], grid[:, 1]


def regressions(name, bends=()):
    """Losses of two tensors of one shape; ``bends`` are settings of theirs."""
    held = name in ("soft_margin_loss", "hinge_embedding_loss")  # whose targets have no gradient in torch
    scores = SCORES[np.abs(SCORES) < 50] if name == "soft_margin_loss" else EDGES  # torch overflows, we do not
    for setting in ({}, *bends):
        for targets in ([0, 1, -1, 0.5], [1] if name == "soft_margin_loss" else [INF, -INF, NAN]):
            yield pairs(scores, targets), setting, "none", 1 if held else 2
    for reduction in REDUCTIONS:
        for x, t in ((np.zeros(0), np.zeros(0)), (NO_ROWS, NO_ROWS), (np.ones(()), np.zeros(()))):
            yield (x, t), {}, reduction, 1
        yield (np.arange(3.0), np.arange(4.0)), {}, reduction, 1
        yield (np.arange(3.0), np.arange(3)), {}, reduction, 0


def binary(reduction):
    for target in (0, 1, 0.5, 2, -1):
        p, t = pairs(PROBABILITIES, [target])
        yield (p, t), {}, reduction, 2
        for weight in (np.zeros(len(p)), np.full(len(p), 2.0), np.array([3.0])):
            yield (p, t, weight), {}, reduction, 2
    for p in (NAN, 1.5, -0.5):
        yield (np.array([p]), np.array([1.0])), {}, reduction, 2
    yield (np.zeros(0), np.zeros(0)), {}, reduction, 2
    if reduction != "bad":
        yield (np.array([0.5]), np.array([1])), {}, reduction, 1
    yield (np.array([0.5, 0.5]), np.array([1.0])), {}, reduction, 1


def logits(reduction):
    for target in (0, 1, 0.5, 2, NAN):
        x, t = pairs(EDGES if reduction == "none" else SCORES[np.abs(SCORES) < 1e20], [target])
        yield (x, t), {}, reduction, 2
        for positive in (0.0, 3.0):
            yield (x, t), {"pos_weight": np.array([positive])}, reduction, 2
    yield (np.zeros(0), np.zeros(0)), {}, reduction, 2
    if reduction != "bad":
        yield (np.array([0.5]), np.array([1])), {}, reduction, 1
    yield (np.ones((2, 3)), np.ones((2, 3))), {"pos_weight": np.array([1.0, 2, 3])}, reduction, 2


def divergences(reduction):
    for log_target in (False, True):
        x, t = pairs([0, -1, 1, -100, INF, -INF, NAN], [0, 1, 0.5, -1, -INF, INF, NAN, -100, 1e-40])
        yield (x, t), {"log_target": log_target}, "none", 2
        for x in (np.full((2, 3), -1.0), NO_ROWS, np.ones(()), np.zeros(0)):
            for how in (reduction, "batchmean"):
                yield (x, np.resize([0, 0.5, 0.5, 1], x.shape)), {"log_target": log_target}, how, 2


def counts(reduction):
    for log_input, full in itertools.product((False, True), (False, True)):
        setting = {"log_input": log_input, "full": full}
        yield pairs([0, 1, -1, 100, -100, INF, -INF, 1e-9, NAN], [0, 1, 2, 0.5, -1, 1e5, INF]), setting, "none", 2
        for x, t in ((np.ones(2), np.array([3.0, 0])), (np.zeros(0), np.zeros(0)), (np.ones(3), np.arange(3))):
            yield (x, t), setting, reduction, 2
        yield (np.array([0.0, 2]), np.array([3.0, 0])), {**setting, "eps": 0.0}, reduction, 2


def normals(reduction):
    x = np.array([0, 1, -1, 100, INF, NAN])
    for full in (False, True):
        for var in (0.0, 1e-8, 1e-6, 1.0, INF, NAN, -1.0):
            yield (x, np.zeros(6), np.full(6, var)), {"full": full}, reduction, 3
            yield (x, np.zeros(6), var), {"full": full}, reduction, 2
        for sides in ((2,), (2, 1), (3,), (3, 2), (1, 3)):
            yield (np.ones((2, 3)), np.zeros((2, 3)), np.ones(sides)), {"full": full}, reduction, 3


def cosines(reduction):
    rows = np.array([[0, 0], [1, 0], [-1, 0], [1e-20, 0], [1e20, 1e20], [3, 4], [INF, 0], [NAN, 0], [1e-7, 1e-7]])
    a, b = np.repeat(rows, len(rows), 0), np.tile(rows, (len(rows), 1))
    for sign, margin in itertools.product((1.0, -1.0, 0.0), (0.0, 0.5, -0.5)):
        yield (a, b, np.full(len(a), sign)), {"margin": margin}, "none", 2
        yield (a[:3], b[:3], np.full(3, sign)), {"margin": margin}, reduction, 2
        yield (rows[5], rows[1], np.array(sign)), {"margin": margin}, reduction, 2
    yield (rows[5], rows[1], np.ones(1)), {}, reduction, 2
    yield (a[:3], b[:3], np.ones(2)), {}, reduction, 2


def rankings(reduction):
    for sign, margin in itertools.product((1.0, -1.0, 0.0), (0.0, 0.5, -0.5)):
        x, y = pairs(EDGES, [0.0, 1, -1])
        yield (x, y, np.full(len(x), sign)), {"margin": margin}, "none", 2
        yield (x[:6], y[:6], np.full(6, sign)), {"margin": margin}, reduction, 2
    yield (np.ones(3), np.ones((2, 3)), np.ones(3)), {}, reduction, 2
    yield (np.zeros(0),) * 3, {}, reduction, 2


def triplets(reduction):
    rows = np.array([[0.0, 0], [1, 0], [3, 4]])
    three = np.repeat(rows, 9, 0), np.tile(np.repeat(rows, 3, 0), (3, 1)), np.tile(rows, (9, 1))
    for p, swap, eps in itertools.product((1, 2, 3, INF), (False, True), (1e-6, 0.0)):
        yield three, {"p": p, "swap": swap, "eps": eps}, reduction, 3
    for margin in (0.0, -1.0):
        yield (rows,) * 3, {"margin": margin}, reduction, 3
    yield tuple(rows), {}, reduction, 3
    yield (rows, rows[0], rows), {}, reduction, 3


def labels(name):
    def cases(reduction):
        for weight, ignored in itertools.product(WEIGHTS, (-100, 0, 1)):
            setting = {"ignore_index": ignored, "weight": weight}
            yield (ROWS, LABELS), setting, reduction, 1
            yield (ROWS[:3], np.full(3, ignored)), setting, reduction, 1  # nothing counts
        for weight in WEIGHTS:
            for x, t in (
                (np.arange(12.0).reshape(2, 3, 2), np.array([[0, 1], [2, 0]])),
                (np.arange(24.0).reshape(2, 3, 2, 2), np.zeros((2, 2, 2), int)),
                (NO_ROWS, np.zeros(0, int)),
                (ROWS[1], np.array(2)),
            ):
                yield (x, t), {"weight": weight}, reduction, 1
        for t in ([3], [-1], [100], [-100], [0, 1]):
            yield (ROWS[:1], np.array(t)), {}, reduction, 1
        for x, t in ((ROWS[:2], np.ones(2)), (np.ones((2, 3, 4)), np.zeros((2, 3), int)), (np.ones(()), np.array(0))):
            yield (x, t), {}, reduction, 1

    def smoothed(reduction):
        yield from cases(reduction)
        for weight, smooth in itertools.product(WEIGHTS, (0.0, 0.1, 1.0, 1.5)):
            setting = {"weight": weight, "label_smoothing": smooth}
            yield (ROWS, LABELS), setting, reduction, 1
            yield (ROWS, np.resize([0.2, 0.3, 0.5, 1, 0, 0], ROWS.shape)), setting, reduction, 2
            yield (ROWS[1], np.array([0.2, 0.3, 0.5])), setting, reduction, 2
            yield (np.arange(12.0).reshape(2, 3, 2),) * 2, setting, reduction, 2
            yield (NO_ROWS, np.zeros(0, int)), setting, reduction, 1

    return smoothed if name == "cross_entropy" else cases


def margins(reduction):
    for p, margin, weight in itertools.product((1, 2, 3), (1.0, 0.0, -1.0), (None, np.array([1.0, 0, 3]))):
        yield (ROWS, LABELS), {"p": p, "margin": margin, "weight": weight}, reduction, 1
    for t in (2, [2], [5], [-1], [0, 1]):
        yield (ROWS[1] if np.size(t) == 1 else ROWS[:2], np.array(t)), {}, reduction, 1


def listed(reduction):
    for t in ([0, -1, 1], [2, 1, 0], [-1, 0, 0], [0, 0, -1], [3, -1, -1], [-2, -1, -1]):
        yield (ROWS, np.tile(t, (len(ROWS), 1))), {}, reduction, 1
        yield (ROWS[1], np.array(t)), {}, reduction, 1
    yield (ROWS[:2], np.zeros((2, 2), int)), {}, reduction, 1


def several(reduction):
    for weight in (None, np.array([0.0, 1, 2])):
        yield (ROWS, np.resize([0, 1, 1, 0.5], ROWS.shape)), {"weight": weight}, reduction, 2
        yield (ROWS[1], np.ones(3)), {"weight": weight}, reduction, 2
    yield (NO_ROWS, NO_ROWS), {}, reduction, 2


def over(cases):
    return lambda: itertools.chain(*(cases(reduction) for reduction in REDUCTIONS))


LOSSES = {
    "mse_loss": lambda: regressions("mse_loss"),
    "l1_loss": lambda: regressions("l1_loss"),
    "soft_margin_loss": lambda: regressions("soft_margin_loss"),
    "hinge_embedding_loss": lambda: regressions("hinge_embedding_loss", [{"margin": 2.0}]),
    "huber_loss": lambda: regressions("huber_loss", [{"delta": d} for d in (0, 1e-9, 0.5, 2.0, -1.0)]),
    "smooth_l1_loss": lambda: regressions("smooth_l1_loss", [{"beta": b} for b in (0, 1e-9, 0.5, 2.0, -1.0)]),
    "binary_cross_entropy": over(binary),
    "binary_cross_entropy_with_logits": over(logits),
    "kl_div": over(divergences),
    "poisson_nll_loss": over(counts),
    "gaussian_nll_loss": over(normals),
    "cosine_embedding_loss": over(cosines),
    "margin_ranking_loss": over(rankings),
    "triplet_margin_loss": over(triplets),
    "nll_loss": over(labels("nll_loss")),
    "cross_entropy": over(labels("cross_entropy")),
    "multi_margin_loss": over(margins),
    "multilabel_margin_loss": over(listed),
    "multilabel_soft_margin_loss": over(several),
}


def answer(lib, name, arrays, setting, dtype, moved):
    """Value and gradients of the first ``moved`` arguments, or the error."""

    def held(x):
        x = np.asarray(x)
        return lib.tensor(x.astype(dtype) if x.dtype.kind == "f" else x)

    given = [x if isinstance(x, float) else held(x) for x in arrays]
    leaves = [x for x in given[:moved] if not isinstance(x, float) and "float" in str(x.dtype)]
    for leaf in leaves:
        leaf.requires_grad_(True)
    setting = {key: held(x) if isinstance(x, np.ndarray) else x for key, x in setting.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            y = getattr(lib.nn.functional, name)(*given, **setting)
        except (IndexError, RuntimeError, TypeError, ValueError) as error:
            return error, []
        size = int(np.prod(tuple(y.shape)))
        weights = np.cos(np.arange(size)).reshape(tuple(y.shape)).astype(dtype)
        if leaves and y.requires_grad:
            (y * lib.tensor(weights)).sum().backward()
    return y.detach().numpy(), [
        np.zeros(tuple(x.shape), dtype) if x.grad is None else x.grad.detach().numpy() for x in leaves
    ]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_at_its_edges(name, dtype):
    rtol = 2e-5 if dtype == np.float32 else 1e-9
    seen = 0
    for arrays, setting, reduction, moved in LOSSES[name]():
        setting = {**setting, "reduction": reduction}
        theirs, down = answer(torch, name, arrays, setting, dtype, moved)
        mine, own = answer(tg, name, arrays, setting, dtype, moved)
        said = f"{name} {arrays} {setting}"
        seen += 1
        if isinstance(theirs, Exception):
            assert isinstance(mine, type(theirs)), f"{said}: {theirs!r}, here {mine!r}"
            assert isinstance(mine, tg.errors.TinygradError), said
            continue
        assert not isinstance(mine, Exception), f"{said}: {mine!r}"
        assert (mine.shape, mine.dtype) == (theirs.shape, theirs.dtype), said
        for found, expected in zip((mine, *own), (theirs, *down), strict=True):
            assert found.shape == expected.shape, said
            assert np.allclose(found, expected, rtol, rtol / 100, equal_nan=True), (
                f"{said}: {found.ravel()}, torch {expected.ravel()}"
            )
    assert seen > 10


@pytest.mark.parametrize("name", ["huber_loss", "smooth_l1_loss"])
@pytest.mark.parametrize("target", ["float16", "float32", "float64", "int64", "bool"])
@pytest.mark.parametrize("given", ["float16", "float32", "float64", "int64", "bool"])
def test_a_robust_loss_of_two_dtypes_has_pytorchs(name, given, target):
    def one(space):
        x, t = (space.tensor([1, 0, 1]).to(getattr(space, dtype)) for dtype in (given, target))
        try:
            return str(getattr(space.nn.functional, name)(x, t, reduction="none").dtype)
        except (RuntimeError, TypeError):
            return "refused"

    assert one(tg) == one(torch)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "softmin"])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 4), (2, 3, 4, 5), (2, 1, 2, 3, 2)])
@pytest.mark.filterwarnings("ignore:Implicit dimension choice")
def test_where_no_dimension_is_said_it_is_pytorchs(name, shape):
    x = np.random.default_rng(0).normal(size=shape)
    theirs = getattr(torch.nn.functional, name)(torch.tensor(x)).numpy()
    assert np.allclose(getattr(tg.nn.functional, name)(tg.tensor(x)).numpy(), theirs)
