"""Probabilities far out: discrete distributions by their logits, and normal ones by their precision, as in PyTorch."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

FAR = [-300.0, -100.0, -20.0, -1.0, 0.0, 1.0, 20.0, 100.0, 300.0]
MADE = {
    "Bernoulli": (lambda d, logits: d.Bernoulli(logits=logits), [0.0, 1.0]),
    "Binomial of one": (lambda d, logits: d.Binomial(1, logits=logits), [0.0, 1.0]),
    "Binomial": (lambda d, logits: d.Binomial(5, logits=logits), [0.0, 2.0, 5.0]),
    "NegativeBinomial": (lambda d, logits: d.NegativeBinomial(3.0, logits=logits), [0.0, 2.0, 5.0]),
    "Geometric": (lambda d, logits: d.Geometric(logits=logits.clamp(-20, 10)), [0.0, 2.0, 5.0]),
    "Geometric of small chances": (lambda d, logits: d.Geometric(1e-9 * (1.5 + logits.sign())), [0.0, 1e6]),
}


@pytest.mark.parametrize("name", MADE)
def test_log_probabilities_and_their_gradients(name):
    make, values = MADE[name]
    for value in values:
        found = []
        for library in (tg, torch):
            logits = library.tensor(FAR, requires_grad=True)
            told = make(library.distributions, logits).log_prob(library.tensor(value))
            (gradient,) = library.autograd.grad(told.sum(), logits)
            found.append((told.detach().numpy(), gradient.numpy()))
        for ours, theirs in zip(*found, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=1e-6, err_msg=str(value))


@pytest.mark.parametrize("sides", [1, 3, 8])
def test_normal_by_its_precision(sides):
    """A matrix close to singular, whose inverse would lose its digits."""
    found = []
    for library in (tg, torch):
        x = library.linspace(0.0, 0.4 * sides, sides)
        precision = library.exp(-((x - x.unsqueeze(-1)) ** 2)) + 1e-3 * library.eye(sides)
        normal = library.distributions.MultivariateNormal(library.zeros(sides), precision_matrix=precision)
        found.append((normal.scale_tril.numpy(), normal.log_prob(library.ones(sides)).numpy()))
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-3, atol=1e-5)


def test_shapes_are_sizes():
    for library in (tg, torch):
        d = library.distributions
        for each in (
            d.Normal(0.0, 1.0),
            d.Normal(library.zeros(2, 3), 1.0).expand((4, 2, 3)),
            d.Independent(d.Normal(library.zeros(2, 3), 1.0), 1),
            d.Categorical(library.ones(2, 3)),
            d.OneHotCategorical(library.ones(2, 3)),
            d.Multinomial(2, library.ones(2, 3)),
            d.Binomial(library.ones(2), 0.5),
            d.MultivariateNormal(library.zeros(3), library.eye(3)),
        ):
            for shape in (each.batch_shape, each.event_shape, each._batch_shape, each._event_shape):
                assert isinstance(shape, library.Size)
            assert each.sample((2,)).shape == each._extended_shape((2,)) == (2, *each.batch_shape, *each.event_shape)


def test_a_distribution_of_ones_own():
    for library in (tg, torch):

        class Always(library.distributions.Distribution):
            arg_constraints = {}  # noqa: RUF012 - as PyTorch’s programs write it

            def __init__(self, value, validate_args=None, library=library):
                self.value = library.as_tensor(value)
                super().__init__(self.value.shape, validate_args=validate_args)

            def sample(self, sample_shape=()):
                return self.value.expand(self._extended_shape(sample_shape))

        one = Always([1.0, 2.0], validate_args=False)
        assert one.sample((3,)).tolist() == [[1.0, 2.0]] * 3
        assert repr(one.batch_shape) == "torch.Size([2])"
