"""Every distribution against PyTorch's, in each dtype: draws, their gradients, what is known of them, and batches that are expanded."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg
from tinygrad_fr.errors import ShapeError

# Each from y = (0.3, 0.7, 0.5) and ones of a dtype; D is the namespace of distributions.
MADE = {
    "Normal": "D.Normal(y, one)",
    "of a number": "D.Normal(y, 0.1)",
    "LogNormal": "D.LogNormal(y, one)",
    "HalfNormal": "D.HalfNormal(y)",
    "Laplace": "D.Laplace(y, one)",
    "Gumbel": "D.Gumbel(y, one)",
    "Cauchy": "D.Cauchy(y, one)",
    "HalfCauchy": "D.HalfCauchy(y)",
    "StudentT": "D.StudentT(y + 3, y, one)",
    "Uniform": "D.Uniform(y, y + 1)",
    "Exponential": "D.Exponential(y)",
    "Gamma": "D.Gamma(y + 1, one)",
    "small Gamma": "D.Gamma(y, one)",
    "Chi2": "D.Chi2(y + 1)",
    "InverseGamma": "D.InverseGamma(y + 1, one)",
    "Beta": "D.Beta(y + 1, one)",
    "Dirichlet": "D.Dirichlet(y + 1)",
    "Pareto": "D.Pareto(one, y + 1)",
    "Weibull": "D.Weibull(one, y + 1)",
    "MultivariateNormal": "D.MultivariateNormal(y, T.diag(one) * 2)",
    "Bernoulli": "D.Bernoulli(probs=y)",
    "Geometric": "D.Geometric(y)",
    "Binomial": "D.Binomial(3, y)",
    "NegativeBinomial": "D.NegativeBinomial(3 * one, y)",
    "Poisson": "D.Poisson(y + 1)",
    "Categorical": "D.Categorical(y)",
    "OneHotCategorical": "D.OneHotCategorical(y)",
    "Multinomial": "D.Multinomial(4, y)",
    "RelaxedBernoulli": "D.RelaxedBernoulli(one[0], probs=y)",
    "RelaxedOneHotCategorical": "D.RelaxedOneHotCategorical(one[0], y)",
    "MixtureSameFamily": "D.MixtureSameFamily(D.Categorical(one), D.Normal(y, one))",
    "TransformedDistribution": "D.TransformedDistribution(D.Normal(y, one), [D.transforms.TanhTransform()])",
    "Independent": "D.Independent(D.Normal(y, one), 1)",
}
ASKED = {
    "sample": "d.sample((9,))",
    "rsample": "d.rsample((9,))",
    "expanded": "d.expand((2, *d.batch_shape)).sample((5,))",
    "expanded log_prob": "d.expand((2, *d.batch_shape)).log_prob(d.sample())",
    "expanded shapes": "str([tuple(s) for e in [d.expand((2, *d.batch_shape))] for s in (e.batch_shape, e.event_shape)])",
    "log_prob": "d.log_prob(d.sample())",
    "mean": "d.mean",
    "variance": "d.variance",
    "mode": "d.mode",
    "entropy": "d.entropy()",
    "cdf": "d.cdf(d.sample())",
    "icdf": "d.icdf(0 * y + .3)",
    "support": "d.enumerate_support()",
    "has_rsample": "str(d.has_rsample)",
    "printed": "repr(d)",
}
ABSENT = {("Gamma", "cdf"), ("small Gamma", "cdf"), ("Chi2", "cdf"), ("InverseGamma", "cdf")}  # without gammainc
FOLLOWING = {
    "Gamma": [[0.01, 0.5, 1.0, 2.0, 9.0, 200.0], [1.0, 2.0, 0.5, 1.0, 3.0, 1.0]],
    "Beta": [[0.1, 0.5, 1.0, 2.0, 30.0, 0.3], [0.2, 3.0, 1.0, 0.7, 2.0, 40.0]],
    "Dirichlet": [[[0.1, 0.5, 2.0], [3.0, 1.0, 1.0], [20.0, 30.0, 1.0]]],
    "StudentT": [[1.0, 2.5, 50.0], [0.0, 1.0, 2.0], [1.0, 2.0, 0.5]],
    "Chi2": [[0.5, 3.0, 20.0]],
    "InverseGamma": [[3.0, 4.0], [1.0, 2.0]],
}


def told(package, made, asked, dtype):
    package.manual_seed(3)
    y = package.tensor([0.3, 0.7, 0.5], dtype=getattr(package, dtype))
    space = {"D": package.distributions, "T": package, "y": y, "one": y * 0 + 1}
    d = eval(made, space)
    try:
        return eval(asked, space | {"d": d})
    except NotImplementedError:
        return "no"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", MADE)
def test_each_distribution_tells_what_pytorchs_tells(name, dtype):
    for what, asked in ASKED.items():
        theirs, ours = (told(package, MADE[name], asked, dtype) for package in (torch, tg))
        if (name, what) in ABSENT:
            assert ours == "no" != theirs
        elif isinstance(theirs, str):
            assert ours == theirs, what
        else:
            found, expected = ours.detach().numpy(), theirs.detach().numpy()
            assert found.dtype == expected.dtype, what
            assert ours.requires_grad == theirs.requires_grad
            np.testing.assert_allclose(found, expected, 2e-5, 1e-6, err_msg=what)


@pytest.mark.parametrize("name", FOLLOWING)
def test_draws_without_a_formula_follow_their_parameters(name):
    """PyTorch approximates these derivatives to about a thousandth; the sums here are compared to that."""
    found = []
    for package in (torch, tg):
        package.manual_seed(0)
        parameters = [package.tensor(x, dtype=package.float64, requires_grad=True) for x in FOLLOWING[name]]
        drawn = getattr(package.distributions, name)(*parameters).rsample((20,))
        weights = package.arange(1.0, drawn.numel() + 1, dtype=package.float64).reshape(drawn.shape).cos()
        (drawn * weights).sum().backward()
        found.append([p.grad.numpy() for p in parameters])
    for theirs, ours in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, 4e-3, 1e-3 * np.abs(theirs).max())


def test_the_slope_of_a_draw_has_no_derivative_as_in_pytorch():
    for package in (torch, tg):
        alpha = package.tensor([2.0, 3.0], requires_grad=True)
        drawn = package.distributions.Gamma(alpha, package.ones(2)).rsample()
        (slope,) = package.autograd.grad((drawn**2).sum(), alpha, create_graph=True)
        with pytest.raises(RuntimeError):
            slope.sum().backward()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numbers_are_of_the_default_dtype(dtype):
    for package in (torch, tg):
        package.set_default_dtype(getattr(package, dtype))
        try:
            d, y = package.distributions, package.zeros(2)
            made = [d.Normal(0.0, 1.0), d.Uniform(0.0, 1.0), d.Gamma(1.0, 2.0), d.Bernoulli(0.3), d.Normal(y, 0.1)]
            assert {str(x.sample().dtype).split(".")[-1] for x in made} == {dtype}
        finally:
            package.set_default_dtype(package.float32)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("alpha", [1e-10, 1e-3, 0.01, 0.3, 1.0, 50.0, 1e10])
@pytest.mark.parametrize("name", ["Beta", "Dirichlet"])
def test_shares_are_never_0_and_never_1(name, alpha, dtype):
    found = []
    for package in (torch, tg):
        package.manual_seed(0)
        concentration = package.full((3,), alpha, dtype=getattr(package, dtype))
        kind = getattr(package.distributions, name)
        drawn = (kind(concentration, concentration) if name == "Beta" else kind(concentration)).sample((200,))
        found.append(drawn.numpy())
    theirs, ours = found
    assert ours.min() > 0
    assert ours.max() < 1
    assert ours.min() == pytest.approx(theirs.min(), rel=1e-6 if ours.min() > 1e-30 else 1e-3)
    np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=1e-7)


UNFIT = {
    "Normal": lambda d, t: d.Normal(t.zeros(2), t.ones(3)),
    "Beta": lambda d, t: d.Beta(t.ones(1, 2), t.ones(4)),
    "Uniform": lambda d, t: d.Uniform(t.zeros(2), t.ones(3)),
    "StudentT": lambda d, t: d.StudentT(t.ones(2), t.zeros(3), t.ones(1)),
    "MultivariateNormal": lambda d, t: d.MultivariateNormal(t.zeros(3, 2), t.eye(2).expand(4, 2, 2)),
    "log_prob of a Normal": lambda d, t: d.Normal(t.zeros(2), t.ones(2)).log_prob(t.zeros(3)),
    "log_prob of a Categorical": lambda d, t: d.Categorical(t.ones(2, 3)).log_prob(t.zeros(5, dtype=t.int64)),
    "log_prob of a Binomial": lambda d, t: d.Binomial(3, t.full((2,), 0.5)).log_prob(t.ones(3)),
}


@pytest.mark.parametrize("name", UNFIT)
@pytest.mark.parametrize("package", [torch, tg])
def test_shapes_that_do_not_fit_are_refused(name, package):
    kind = ShapeError if package is tg else (RuntimeError, ValueError)
    with pytest.raises(kind):
        UNFIT[name](package.distributions, package)
