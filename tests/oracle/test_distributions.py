"""Distributions against PyTorch's: log_prob, moments, entropy and divergences, with their gradients; draws by their moments."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg
from tinygrad_fr import distributions as ours

theirs = torch.distributions

# Name → parameters, and values to ask about.
CASES = {
    "Normal": ({"loc": [0.5, -1.0], "scale": [1.5, 0.3]}, [[0.1, -0.8], [2.0, -1.2]]),
    "LogNormal": ({"loc": [0.5, -1.0], "scale": [0.5, 0.3]}, [[0.1, 0.8], [2.0, 1.2]]),
    "HalfNormal": ({"scale": [0.5, 2.0]}, [[0.1, 0.8], [2.0, 1.2]]),
    "Laplace": ({"loc": [0.5, -1.0], "scale": [1.5, 0.3]}, [[0.1, -0.8], [2.0, -1.2]]),
    "Gumbel": ({"loc": [0.5, -1.0], "scale": [1.5, 0.3]}, [[0.1, -0.8], [2.0, -1.2]]),
    "Cauchy": ({"loc": [0.5, -1.0], "scale": [1.5, 0.3]}, [[0.1, -0.8], [2.0, -1.2]]),
    "StudentT": ({"df": [3.0, 5.0], "loc": [0.0, 1.0], "scale": [1.0, 2.0]}, [[0.1, -0.8], [2.0, -1.2]]),
    "Uniform": ({"low": [0.0, -1.0], "high": [1.0, 3.0]}, [[0.1, 2.0], [0.5, -0.5]]),
    "Exponential": ({"rate": [0.5, 2.0]}, [[0.1, 0.8], [2.0, 1.2]]),
    "Gamma": ({"concentration": [0.5, 2.0], "rate": [1.0, 3.0]}, [[0.1, 0.8], [2.0, 1.2]]),
    "Beta": ({"concentration1": [0.5, 2.0], "concentration0": [1.0, 3.0]}, [[0.1, 0.8], [0.4, 0.2]]),
    "Dirichlet": ({"concentration": [[0.5, 2.0, 1.0], [1.0, 1.0, 3.0]]}, [[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]]),
    "MultivariateNormal": (
        {"loc": [0.5, -1.0], "covariance_matrix": [[2.0, 0.3], [0.3, 1.0]]},
        [[0.1, -0.8], [2.0, -1.2]],
    ),
    "Bernoulli": ({"probs": [0.2, 0.7]}, [[0.0, 1.0], [1.0, 1.0]]),
    "Geometric": ({"probs": [0.2, 0.7]}, [[0.0, 3.0], [1.0, 1.0]]),
    "Binomial": ({"total_count": [5.0, 8.0], "probs": [0.2, 0.7]}, [[0.0, 3.0], [1.0, 8.0]]),
    "Poisson": ({"rate": [0.5, 4.0]}, [[0.0, 3.0], [1.0, 8.0]]),
    "Categorical": ({"probs": [[0.2, 0.5, 0.3], [1.0, 3.0, 4.0]]}, [[0, 2], [1, 1]]),
    "OneHotCategorical": ({"probs": [[0.2, 0.5, 0.3], [1.0, 3.0, 4.0]]}, [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
}
LOGITS = {name: ({"logits": CASES[name][0]["probs"]}, CASES[name][1]) for name in ("Bernoulli", "Categorical")}
BATCH = [(name, *case) for table in (CASES, LOGITS) for name, case in table.items()]
BATCH_IDS = [f"{name}-{'-'.join(parameters)}" for name, parameters, _values in BATCH]


def pair(name, parameters):
    """The two distributions, with their parameters as leaves."""
    mine = {key: tg.tensor(value, requires_grad=True) for key, value in parameters.items()}
    other = {key: torch.tensor(value, requires_grad=True) for key, value in parameters.items()}
    return (getattr(ours, name)(**mine), mine), (getattr(theirs, name)(**other), other)


def close(mine, other):
    np.testing.assert_allclose(mine.detach().numpy(), other.detach().numpy(), rtol=2e-5, atol=2e-6)


def same_gradients(mine, other, x, y):
    x.sum().backward()
    y.sum().backward()
    for key in mine:
        if other[key].grad is None:
            assert mine[key].grad is None or not mine[key].grad.detach().numpy().any()
        else:
            close(mine[key].grad, other[key].grad)


@pytest.mark.parametrize(("name", "parameters", "values"), BATCH, ids=BATCH_IDS)
def test_the_logarithm_of_a_density_and_its_gradient(name, parameters, values):
    (p, mine), (q, other) = pair(name, parameters)
    assert (tuple(p.batch_shape), tuple(p.event_shape)) == (tuple(q.batch_shape), tuple(q.event_shape))
    x, y = p.log_prob(tg.tensor(values)), q.log_prob(torch.tensor(values))
    close(x, y)
    same_gradients(mine, other, x, y)


@pytest.mark.parametrize("what", ["mean", "variance", "stddev", "entropy"])
@pytest.mark.parametrize(("name", "parameters", "values"), BATCH, ids=BATCH_IDS)
def test_moments_and_entropy(name, parameters, values, what):
    (p, _mine), (q, _other) = pair(name, parameters)
    try:
        y = q.entropy() if what == "entropy" else getattr(q, what)
    except NotImplementedError:
        pytest.skip(f"torch has no {what} of {name}")
    try:
        x = p.entropy() if what == "entropy" else getattr(p, what)
    except NotImplementedError:
        pytest.skip(f"no {what} of {name} here")
    close(x, y)


@pytest.mark.parametrize(("name", "parameters", "values"), BATCH, ids=BATCH_IDS)
def test_draws_have_the_moments(name, parameters, values):
    tg.manual_seed(0)
    (p, _mine), (q, _other) = pair(name, parameters)
    found = p.sample((40_000,))
    assert tuple(found.shape) == tuple(q.sample((40_000,)).shape)
    assert not found.requires_grad
    if name in ("Cauchy", "Categorical"):
        return
    mean, spread = q.mean.detach().numpy(), q.variance.detach().numpy() ** 0.5
    np.testing.assert_allclose(found.detach().numpy().mean(0), mean, atol=6 * float(np.max(spread)) / 200)


@pytest.mark.parametrize(
    "name", ["Normal", "Laplace", "Exponential", "Gamma", "Dirichlet", "Beta", "MultivariateNormal", "Bernoulli",
             "Categorical", "Poisson"],
)  # fmt: skip
def test_divergences(name):
    parameters, _values = CASES[name]
    moved = {key: (np.asarray(value) * (0.9 if key == "probs" else 1.3)).tolist() for key, value in parameters.items()}
    (p, mine), (q, other) = pair(name, parameters)
    (p2, mine2), (q2, other2) = pair(name, moved)
    x, y = ours.kl_divergence(p, p2), theirs.kl_divergence(q, q2)
    close(x, y)
    same_gradients(mine | {f"{k}2": v for k, v in mine2.items()}, other | {f"{k}2": v for k, v in other2.items()}, x, y)


def test_draws_that_carry_gradients():
    tg.manual_seed(0)
    loc, scale = tg.tensor([1.0, 2.0], requires_grad=True), tg.tensor([0.5, 3.0], requires_grad=True)
    draws = ours.Normal(loc, scale).rsample((1000,))
    draws.sum().backward()
    assert loc.grad.tolist() == [1000.0, 1000.0]
    standard = (draws - loc) / scale
    close(scale.grad, standard.sum(0))


@pytest.mark.parametrize(
    "build", [lambda d: d.Normal(0.0, -1.0), lambda d: d.Bernoulli(1.5), lambda d: d.Gamma(-1.0, 1.0),
              lambda d: d.Categorical(), lambda d: d.Uniform(1.0, 0.0)],
)  # fmt: skip
def test_parameters_outside_their_domain_are_refused(build):
    with pytest.raises(ValueError):  # noqa: PT011 - PyTorch's own words
        build(theirs)
    with pytest.raises(ValueError, match="expected"):
        build(ours)
