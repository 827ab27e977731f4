"""The sets of values of distributions and transforms: what they hold, what is refused, and the transforms to them, as PyTorch's."""

from typing import ClassVar

import pytest
import torch

import tinygrad_fr as tg
from tinygrad_fr.errors import DataError

NAN, INF = float("nan"), float("inf")
VALUES = [
    [0.0, 1.0, 0.0], [0.2, 0.3, 0.5], [-1.0, 2.0, 0.0], [NAN, 0.0, 1.0], [1.5, 0.5, -1.0], [3.0, 4.0, 5.0], [INF, 1.0, -INF],
    [0.5, 0.5, 0.5],
]  # fmt: skip
SETS = {
    "boolean": lambda c: c.boolean, "one_hot": lambda c: c.one_hot, "nonnegative_integer": lambda c: c.nonnegative_integer,
    "positive_integer": lambda c: c.positive_integer, "integer_interval": lambda c: c.integer_interval(0, 3), "real": lambda c: c.real,
    "real_vector": lambda c: c.real_vector, "positive": lambda c: c.positive, "nonnegative": lambda c: c.nonnegative,
    "greater_than": lambda c: c.greater_than(0.5), "greater_than_eq": lambda c: c.greater_than_eq(0.5), "less_than": lambda c: c.less_than(1.0),
    "multinomial": lambda c: c.multinomial(4), "unit_interval": lambda c: c.unit_interval, "interval": lambda c: c.interval(-1.0, 1.5),
    "half_open_interval": lambda c: c.half_open_interval(0.0, 1.0), "simplex": lambda c: c.simplex,
    "independent": lambda c: c.independent(c.positive, 1), "cat": lambda c: c.cat([c.positive, c.real], 1, [1, 2]),
    "stack": lambda c: c.stack([c.positive, c.real, c.boolean], 1),
}  # fmt: skip
MATRICES = [[[1.0, 0.0], [0.0, 1.0]], [[2.0, 1.0], [1.0, 2.0]], [[1.0, 2.0], [2.0, 1.0]], [[1.0, 0.0], [0.5, 2.0]], [[1.0, 0.0], [0.6, 0.8]],
            [[-1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0], [1.0, 1.0]]]  # fmt: skip
OF_MATRICES = [
    "lower_triangular",
    "lower_cholesky",
    "corr_cholesky",
    "square",
    "symmetric",
    "positive_semidefinite",
    "positive_definite",
]


@pytest.mark.parametrize("name", SETS)
def test_a_set_holds_what_pytorchs_holds(name):
    theirs, ours = SETS[name](torch.distributions.constraints), SETS[name](tg.distributions.constraints)
    expected = theirs.check(torch.tensor(VALUES))
    assert ours.check(tg.tensor(VALUES)).tolist() == expected.tolist()
    assert (repr(ours).split(" object")[0].split(".")[-1], ours.is_discrete, ours.event_dim) == (
        repr(theirs).split(" object")[0].split(".")[-1], theirs.is_discrete, theirs.event_dim,
    )  # fmt: skip


@pytest.mark.parametrize("name", OF_MATRICES)
def test_a_set_of_matrices_holds_what_pytorchs_holds(name):
    for each in (MATRICES, MATRICES[0], *[[matrix] for matrix in MATRICES]):
        theirs = getattr(torch.distributions.constraints, name).check(torch.tensor(each))
        assert getattr(tg.distributions.constraints, name).check(tg.tensor(each)).tolist() == theirs.tolist()


# A distribution, parameters that PyTorch refuses, and values that no draw of good ones has.
REFUSED = {
    "Normal": [((NAN, 1.0), NAN), ((0.0, -1.0), NAN)],
    "LogNormal": [((0.0, 0.0), -1.0)],
    "Laplace": [((INF * 0, 1.0), NAN)],
    "HalfNormal": [((-1.0,), -0.5)],
    "HalfCauchy": [((0.0,), -0.5)],
    "StudentT": [((1.0, NAN, 1.0), NAN)],
    "Chi2": [((-1.0,), -1.0)],
    "Exponential": [((-1.0,), -1.0)],
    "Gamma": [((1.0, 0.0), -1.0)],
    "InverseGamma": [((-1.0, 1.0), -1.0)],
    "Beta": [((0.0, 1.0), 1.5)],
    "Uniform": [((1.0, 0.0), 9.0)],
    "Pareto": [((1.0, -1.0), 0.5)],
    "Weibull": [((0.0, 1.0), -1.0)],
    "Poisson": [((-1.0,), 0.5)],
    "Bernoulli": [((1.5,), 2.0), ((None, NAN), 0.5)],
    "Geometric": [((-0.5,), -1.0)],
    "Binomial": [((-1, 0.5), 9.0), ((1, 2.0), -1.0)],
    "NegativeBinomial": [((-1.0, 0.5), -1.0), ((1.0, 1.0), 0.5)],
    "Categorical": [(([-0.1, 1.1],), 0.5), ((None, [NAN, 0.0]), 0.5)],
    "OneHotCategorical": [(([NAN, 1.0],), [1.0, 1.0])],
    "Dirichlet": [(([0.0, 1.0],), [0.5, 0.9])],
    "Multinomial": [((2, [-1.0, 2.0]), [2.0, 2.0])],
    "MultivariateNormal": [(([0.0, 0.0], [[1.0, 0.5], [0.0, 1.0]]), [NAN, 0.0]), (([NAN, 0.0], [[1.0, 0.0], [0.0, 1.0]]), [0.0, NAN])],
}  # fmt: skip
GOOD = {
    "Normal": (0.0, 1.0), "LogNormal": (0.0, 1.0), "Laplace": (0.0, 1.0), "HalfNormal": (1.0,), "HalfCauchy": (1.0,), "StudentT": (1.0,),
    "Chi2": (1.0,), "Exponential": (1.0,), "Gamma": (1.0, 1.0), "InverseGamma": (1.0, 1.0), "Beta": (1.0, 1.0), "Uniform": (0.0, 1.0),
    "Pareto": (1.0, 1.0), "Weibull": (1.0, 1.0), "Poisson": (1.0,), "Bernoulli": (0.5,), "Geometric": (0.5,), "Binomial": (2, 0.5),
    "NegativeBinomial": (1.0, 0.5), "Categorical": ([0.5, 0.5],), "OneHotCategorical": ([0.5, 0.5],), "Dirichlet": ([1.0, 1.0],),
    "Multinomial": (2, [0.5, 0.5]), "MultivariateNormal": ([0.0, 0.0], [[1.0, 0.0], [0.0, 1.0]]),
}  # fmt: skip


def made(library, name, given, **options):
    whole = [x if x is None or isinstance(x, int) else library.tensor(x) for x in given]
    return getattr(library.distributions, name)(*whole, **options)


@pytest.mark.parametrize("name", REFUSED)
def test_what_pytorch_refuses_is_refused(name):
    for library, kind in ((torch, ValueError), (tg, DataError)):
        for given, value in REFUSED[name]:
            with pytest.raises(kind):
                made(library, name, given)
            good = made(library, name, GOOD[name])
            with pytest.raises(kind):
                good.log_prob(library.tensor(value))
            made(library, name, GOOD[name], validate_args=False).log_prob(library.tensor(value))


@pytest.mark.parametrize("name", GOOD)
def test_a_distribution_says_its_sets(name):
    theirs, ours = made(torch, name, GOOD[name]), made(tg, name, GOOD[name])
    assert {
        k: repr(v).partition(" object")[0] for k, v in ours.arg_constraints.items() if k not in ("low", "high")
    } == {k: repr(v).partition(" object")[0] for k, v in theirs.arg_constraints.items() if k not in ("low", "high")}
    assert repr(ours.support) == repr(theirs.support)
    inside = theirs.sample((50,))
    assert bool(ours.support.check(tg.tensor(inside.tolist())).all())


REACHED = [name for name in SETS if name not in ("boolean", "one_hot", "nonnegative_integer", "positive_integer", "integer_interval", "multinomial",
                                                 "stack")]  # fmt: skip


@pytest.mark.parametrize("registry", ["biject_to", "transform_to"])
@pytest.mark.parametrize("name", REACHED)
def test_the_transform_to_a_set_is_pytorchs(registry, name):
    x = [[0.3, -1.2, 0.7], [2.0, 0.1, -0.4]]
    found = []
    for library in (torch, tg):
        d = library.distributions
        transform = getattr(d, registry)(SETS[name](d.constraints))
        given = library.tensor(x, requires_grad=True)
        y = transform(given)
        back = transform.inv(y)
        told = transform.log_abs_det_jacobian(given, y) if transform.bijective else y.sum()
        (told.sum() + y.sum() * 0.5).backward()
        shape = tuple(transform.forward_shape(tuple(given.shape)))
        found.append(
            (y.tolist(), back.tolist(), told.tolist(), given.grad.tolist(), shape, transform.codomain.event_dim)
        )
    for theirs, ours in zip(*found, strict=True):
        assert ours == theirs or torch.allclose(torch.tensor(ours), torch.tensor(theirs), rtol=1e-5, atol=1e-6)


def flows(library):
    d = library.distributions
    loc, x = library.tensor([0.1, -0.3, 0.5]), library.tensor([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]])
    base = d.Normal(loc, 1.0)
    yield d.TransformedDistribution(d.Normal(loc[:2], 1.0), d.StickBreakingTransform()), x
    yield d.TransformedDistribution(base, [d.ExpTransform(), d.ReshapeTransform((3,), (3, 1))]), x.unsqueeze(-1)
    yield d.TransformedDistribution(base, d.IndependentTransform(d.ExpTransform(), 1)), x
    yield d.TransformedDistribution(d.Normal(0.0, 1.0), d.AffineTransform(loc, 2.0)), x
    yield d.TransformedDistribution(base, [d.SigmoidTransform().inv, d.TanhTransform()][1:]), x
    yield (
        d.TransformedDistribution(
            d.Uniform(library.zeros(3), 1.0), d.CumulativeDistributionTransform(d.Normal(0.0, 1.0)).inv
        ),
        x,
    )


@pytest.mark.parametrize("which", range(6))
def test_a_distribution_of_transforms_has_pytorchs_shapes_and_density(which):
    (theirs, a), (ours, b) = list(flows(torch))[which], list(flows(tg))[which]
    assert (tuple(ours.batch_shape), tuple(ours.event_shape)) == (tuple(theirs.batch_shape), tuple(theirs.event_shape))
    assert torch.allclose(torch.tensor(ours.log_prob(b).tolist()), theirs.log_prob(a), atol=1e-5)
    assert tuple(ours.rsample((4,)).shape) == tuple(theirs.rsample((4,)).shape)


def test_a_result_that_is_kept_is_given_back():
    transform = tg.distributions.TanhTransform(cache_size=1)
    x = tg.tensor([20.0])
    assert transform.inv(transform(x)) is x
    assert tg.distributions.TanhTransform().inv(transform(x)).item() == float("inf")


def of_ones_own(library):
    d = library.distributions

    class Shifted(d.Independent):
        def __init__(self, loc):
            super().__init__(d.Normal(loc, library.ones_like(loc)), 1)

        def expand(self, batch_shape, _instance=None):
            return super().expand(batch_shape, self._get_checked_instance(Shifted, _instance))

    class Twice(d.Distribution):
        arg_constraints: ClassVar = {"loc": d.constraints.real}
        support = d.constraints.positive

        def __init__(self, loc, validate_args=None):
            self.loc = loc
            super().__init__(loc.shape, validate_args=validate_args)

        def expand(self, batch_shape, _instance=None):
            new = self._get_checked_instance(Twice, _instance)
            new.loc = self.loc.expand(batch_shape)
            super(Twice, new).__init__(batch_shape, validate_args=False)
            return new

        def log_prob(self, value):
            if self._validate_args:
                self._validate_sample(value)
            return value * self.loc

    return Shifted, Twice


@pytest.mark.parametrize("library", [torch, tg])
def test_a_distribution_of_ones_own_expands_and_is_validated_as_in_pytorch(library):
    shifted, twice = of_ones_own(library)
    wide = shifted(library.tensor([0.0, 1.0])).expand((4,))
    assert (type(wide), tuple(wide.batch_shape), tuple(wide.event_shape)) == (shifted, (4,), (2,))
    assert tuple(wide.log_prob(library.zeros(4, 2)).shape) == (4,)
    with pytest.raises(ValueError, match=r"loc|within|expects"):
        twice(library.tensor([NAN]))
    one = twice(library.tensor([2.0]))
    with pytest.raises(ValueError, match=r"loc|within|expects"):
        one.log_prob(library.tensor([-1.0]))
    assert tuple(one.expand((3,)).log_prob(library.ones(3)).shape) == (3,)
    assert one.expand((3,)).log_prob(library.tensor([-1.0])).tolist() == [-2.0] * 3
