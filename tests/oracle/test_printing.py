"""What is printed is PyTorch's text, character by character."""

import itertools

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

FLOATS = ("float16", "float32", "float64")
WHOLE = ("int8", "int16", "int32", "int64", "uint8")
SHAPES = (
    (),
    (1,),
    (3,),
    (40,),
    (2, 3),
    (3, 1, 2),
    (2, 2, 2, 2),
    (0,),
    (2, 0),
    (0, 3, 1),
    (1001,),
    (7, 200),
    (12, 12, 12),
    (2, 1200),
)
OPTIONS = (
    {},
    {"precision": 2},
    {"precision": 8, "linewidth": 40},
    {"threshold": 5, "edgeitems": 1},
    {"edgeitems": 2, "threshold": 3, "sci_mode": True},
    {"sci_mode": False},
    {"profile": "short"},
    {"profile": "short", "linewidth": 120, "precision": 0},
    {"edgeitems": 0, "threshold": 10},
)  # fmt: skip


def numbers(kind, shape, seed):
    """Numbers of a kind: what decides the width, the exponent and the sign of what is printed."""
    draw = np.random.default_rng(seed)
    n = int(np.prod(shape))
    values = {
        "small": lambda: draw.standard_normal(n),
        "positive": lambda: draw.random(n),
        "whole": lambda: np.round(draw.standard_normal(n) * 20),
        "mixed": lambda: draw.standard_normal(n) * 10.0 ** draw.integers(-6, 4, n),
        "large": lambda: draw.standard_normal(n) * 1e4,
        "huge": lambda: np.round(draw.random(n) * 3e8),
        "tiny": lambda: draw.standard_normal(n) * 3e-5,
        "zeros": lambda: np.where(draw.random(n) < 0.5, -0.0, 0.0),
        "lost": lambda: np.where(draw.random(n) < 0.4, [np.nan], np.where(draw.random(n) < 0.5, np.inf, -1.5)),
        "without": lambda: np.where(draw.random(n) < 0.5, np.nan, -np.inf),
    }[kind]()
    return values.reshape(shape)


KINDS = ("small", "positive", "whole", "mixed", "large", "huge", "tiny", "zeros", "lost", "without")


@pytest.fixture(autouse=True)
def _defaults():
    yield
    for package in (torch, tg):
        package.set_printoptions(profile="default")
        package.set_default_dtype(package.float32)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("dtype", [*FLOATS, *WHOLE, "bool"])
@pytest.mark.filterwarnings("ignore")
def test_tensors(dtype, options):
    torch.set_printoptions(**options)
    tg.set_printoptions(**options)
    kinds = KINDS if dtype in FLOATS else ("whole", "large") if dtype != "bool" else ("zeros", "small")
    cases = 0
    for seed, (kind, shape) in enumerate(itertools.product(kinds, SHAPES)):
        array = numbers(kind, shape, seed).astype(dtype)
        theirs, ours = torch.tensor(array), tg.tensor(array)
        assert repr(ours) == repr(theirs)
        assert str(ours) == str(theirs)
        assert f"{ours}" == f"{theirs}"
        cases += 1
    assert cases == len(kinds) * len(SHAPES)


@pytest.mark.parametrize("default", ["float32", "float64"])
def test_what_stands_after_the_elements(default):
    for package in (torch, tg):
        package.set_default_dtype(getattr(package, default))
    for dtype, needs, width in itertools.product(FLOATS, (False, True), range(1, 12)):
        array = np.linspace(-1, 1, width).astype(dtype)
        theirs, ours = torch.tensor(array, requires_grad=needs), tg.tensor(array, requires_grad=needs)
        for t, o in (
            (theirs, ours),
            (torch.nn.Parameter(theirs, needs), tg.nn.Parameter(ours, needs)),
            (theirs * 2, ours * 2),
        ):
            assert repr(o) == repr(t)


def test_options():
    for package in (torch, tg):
        package.set_printoptions(precision=3, threshold=7)
        package.set_printoptions(linewidth=60, sci_mode=True)
        package.set_printoptions(edgeitems=2)
    assert tg.get_printoptions() == torch._tensor_str.get_printoptions()
    with tg.printoptions(precision=1), torch._tensor_str.printoptions(precision=1):
        assert repr(tg.tensor([0.25, 3])) == repr(torch.tensor([0.25, 3]))
    assert tg.get_printoptions() == torch._tensor_str.get_printoptions()


def test_a_class_of_ones_own():
    class Mine(tg.Tensor):
        pass

    assert repr(Mine([1.0, 2.0])) == "Mine([1., 2.])"


PARTS = "Normal(0., 1.); Normal(T.zeros(2), 1.); Bernoulli(T.tensor([.3])); Bernoulli(logits=T.zeros(2)); Categorical(T.ones(3)); Uniform(0., 1.); Beta(1., 2.); Gamma(T.ones(2), 1.); Poisson(3.); Exponential(1.); Laplace(0., 1.); Dirichlet(T.ones(3)); MultivariateNormal(T.zeros(2), T.eye(2)); MultivariateNormal(T.zeros(2), scale_tril=T.eye(2)); Multinomial(5, T.ones(3)); Independent(D.Normal(T.zeros(2), 1.), 1); LogNormal(0., 1.); StudentT(2.); Binomial(3, T.tensor(.5)); Geometric(.3); Cauchy(0., 1.); OneHotCategorical(T.ones(3)); HalfNormal(1.); Gumbel(0., 1.); Chi2(1.); Pareto(1., 1.); Weibull(1., 1.); NegativeBinomial(3., .5)"


@pytest.mark.parametrize("text", PARTS.split("; "))
def test_distributions(text):

    shown = [repr(eval(f"D.{text}", {"T": m, "D": m.distributions})) for m in (torch, tg)]
    assert shown[0] == shown[1]
