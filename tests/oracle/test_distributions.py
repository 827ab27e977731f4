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
    "Chi2": ({"df": [3.0, 5.0]}, [[0.1, 0.8], [2.0, 1.2]]),
    "HalfCauchy": ({"scale": [0.5, 2.0]}, [[0.1, 0.8], [2.0, 1.2]]),
    "Pareto": ({"scale": [0.5, 1.0], "alpha": [3.0, 2.5]}, [[0.7, 1.8], [2.0, 1.2]]),
    "Weibull": ({"scale": [0.5, 2.0], "concentration": [1.5, 0.7]}, [[0.1, 0.8], [2.0, 1.2]]),
    "InverseGamma": ({"concentration": [3.5, 2.5], "rate": [1.0, 3.0]}, [[0.1, 0.8], [2.0, 1.2]]),
    "NegativeBinomial": ({"total_count": [5.0, 8.0], "probs": [0.2, 0.7]}, [[0.0, 3.0], [1.0, 8.0]]),
    "OneHotCategoricalStraightThrough": (
        {"probs": [[0.2, 0.5, 0.3], [1.0, 3.0, 4.0]]},
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]],
    ),
    "RelaxedBernoulli": ({"temperature": 0.7, "probs": [0.2, 0.7]}, [[0.1, 0.8], [0.5, 0.3]]),
    "RelaxedOneHotCategorical": (
        {"temperature": 0.7, "probs": [[0.2, 0.5, 0.3], [1.0, 3.0, 4.0]]},
        [[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]],
    ),
    "OneHotCategorical": ({"probs": [[0.2, 0.5, 0.3], [1.0, 3.0, 4.0]]}, [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
}
LOGITS = {
    name: ({"logits": CASES[name][0]["probs"]}, CASES[name][1])
    for name in ("Bernoulli", "Categorical", "OneHotCategoricalStraightThrough")
}
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
    if name in ("Cauchy", "Categorical", "HalfCauchy", "RelaxedBernoulli", "RelaxedOneHotCategorical"):
        return
    mean, spread = q.mean.detach().numpy(), q.variance.detach().numpy() ** 0.5
    np.testing.assert_allclose(found.detach().numpy().mean(0), mean, atol=6 * float(np.max(spread)) / 200)


@pytest.mark.parametrize(
    "name", ["Normal", "Laplace", "Exponential", "Gamma", "Dirichlet", "Beta", "MultivariateNormal", "Bernoulli",
             "Categorical", "Poisson", "LogNormal", "Geometric", "HalfNormal", "Gumbel", "Cauchy", "OneHotCategorical"],
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


def test_the_divergence_of_intervals_is_infinite_outside():
    found = []
    for library, d in ((tg, ours), (torch, theirs)):
        p, q = d.Uniform(library.tensor([0.0, 0.0]), 1.0), d.Uniform(library.tensor([-1.0, 0.5]), 2.0)
        found.append(d.kl_divergence(p, q))
    close(*found)


SAME_DRAWS = {name: CASES[name][0] for name in CASES if name not in ("Binomial",)}


@pytest.mark.parametrize("name", SAME_DRAWS)
def test_the_same_seed_gives_the_same_draws(name):
    tg.manual_seed(5)
    torch.manual_seed(5)
    (p, _mine), (q, _other) = pair(name, CASES[name][0])
    np.testing.assert_allclose(p.sample((9,)).detach().numpy(), q.sample((9,)).detach().numpy(), rtol=2e-4, atol=2e-5)


TRANSFORMS = {
    "ExpTransform": ((), [0.3, 1.2]),
    "SigmoidTransform": ((), [0.3, -1.2]),
    "TanhTransform": ((), [0.3, -0.7]),
    "SoftplusTransform": ((), [0.3, 1.2]),
    "PowerTransform": ((2.5,), [0.3, 1.2]),
    "AffineTransform": ((0.5, -2.0), [0.3, 1.2]),
}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms_and_their_inverses(name):
    args, at = TRANSFORMS[name]
    found = []
    for library, d in ((tg, ours), (torch, theirs)):
        f, x = getattr(d.transforms, name)(*args), library.tensor(at, requires_grad=True)
        y = f(x)
        ladj = f.log_abs_det_jacobian(x, y)
        (y.sum() + ladj.sum()).backward()
        found.append((y, ladj, x.grad, f.inv(y), f.inv.log_abs_det_jacobian(y, x)))
    for mine, other in zip(*found, strict=True):
        np.testing.assert_allclose(mine.detach().numpy(), other.detach().numpy(), rtol=1e-5, atol=1e-6)


def flows(d, library, w):
    t = d.transforms
    return {
        "log-normal": d.TransformedDistribution(d.Normal(w, 1.0), t.ExpTransform()),
        "logistic": d.TransformedDistribution(
            d.Uniform(library.zeros(2), 1.0), [t.SigmoidTransform().inv, t.AffineTransform(w, 2.0)]
        ),
        "squashed policy": d.Independent(d.TransformedDistribution(d.Normal(w, 0.5), [t.TanhTransform()]), 1),
        "of an event": d.TransformedDistribution(
            d.Independent(d.Normal(w, 1.0), 1),
            t.ComposeTransform([t.AffineTransform(1.0, 3.0, event_dim=1), t.ExpTransform()]),
        ),
        "of a vector": d.TransformedDistribution(
            d.MultivariateNormal(w, library.eye(2)), [t.AffineTransform(library.zeros(2), library.tensor([2.0, 3.0]))]
        ),
        "mixture": d.MixtureSameFamily(
            d.Categorical(library.tensor([0.3, 0.7])), d.Normal(w, library.tensor([1.0, 2.0]))
        ),
        "mixture of vectors": d.MixtureSameFamily(
            d.Categorical(logits=w), d.Independent(d.Normal(library.tensor([[1.0, 2.0, 3.0], [0.0, 1.0, 0.5]]), 1.0), 1)
        ),
        "multinomial": d.Multinomial(10, logits=w),
    }


@pytest.mark.parametrize("name", list(flows(ours, tg, tg.zeros(2))))
def test_distributions_made_of_others(name):
    found = []
    for library, d in ((tg, ours), (torch, theirs)):
        w = library.tensor([0.3, -0.4], requires_grad=True)
        p = flows(d, library, w)[name]
        library.manual_seed(2)
        x = p.sample((7,))
        y = p.log_prob(x)
        y.sum().backward()
        found.append((x, y, w.grad, p.batch_shape, p.event_shape))
    for mine, other in zip(found[0][:3], found[1][:3], strict=True):
        np.testing.assert_allclose(mine.detach().numpy(), other.detach().numpy(), rtol=2e-4, atol=2e-5)
    assert [tuple(x) for x in found[0][3:]] == [tuple(x) for x in found[1][3:]]
