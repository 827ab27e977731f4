"""What is drawn with chances that require a gradient requires one too, and sends them zeros: against PyTorch."""

import pytest
import torch

import tinygrad_fr as tg

DRAWS = {
    "bernoulli": lambda tp, a, b: tp.bernoulli(a),
    "method": lambda tp, a, b: a.bernoulli(),
    "generator": lambda tp, a, b: tp.bernoulli(a, generator=tp.Generator().manual_seed(1)),
    "in place": lambda tp, a, b: tp.zeros(3, 2).bernoulli_(a),
    "normal": lambda tp, a, b: tp.normal(a, b),
    "mean": lambda tp, a, b: tp.normal(a, 0.5),
    "deviation": lambda tp, a, b: tp.normal(0.0, b),
    "mean of a constant deviation": lambda tp, a, b: tp.normal(a.detach(), b),
    "deviation of a constant mean": lambda tp, a, b: tp.normal(a, b.detach()),
    "poisson": lambda tp, a, b: tp.poisson(a),
    "of a result": lambda tp, a, b: tp.bernoulli((a * 2).sigmoid()),
    "without a record": lambda tp, a, b: tp.no_grad()(lambda: tp.normal(a, b))(),
    "detached": lambda tp, a, b: tp.bernoulli(a.detach()),
    "filled": lambda tp, a, b: (a * 1).normal_(),
}


def seen(package, draw):
    package.manual_seed(0)
    a = package.full((3, 2), 0.3, requires_grad=True)
    b = package.full((2,), 0.7, requires_grad=True)
    y = draw(package, a, b)
    grads = [None, None]
    if y.requires_grad:
        grads = package.autograd.grad((y * y + y * a + y * b).sum(), [a, b])
    found = [y.detach(), *(g for g in grads if g is not None)]
    return y.requires_grad, y.is_leaf, [each.tolist() for each in found]


@pytest.mark.parametrize("name", DRAWS)
def test_sends_zeros_to_its_chances(name):
    (*theirs, numbers), (*ours, other) = (seen(package, DRAWS[name]) for package in (torch, tg))
    assert theirs == ours
    assert len(numbers) == len(other)
    for one, two in zip(numbers, other, strict=True):
        assert torch.allclose(torch.tensor(one), torch.tensor(two), 1e-5, 1e-6)


def test_names_of_their_backward():
    for package in (torch, tg):
        p = package.tensor([0.5], requires_grad=True)
        named = [
            y.grad_fn.name() for y in (package.bernoulli(p), package.poisson(p), (p * 1).normal_(), (p * 1).uniform_())
        ]
        assert named == ["BernoulliBackward0", "PoissonBackward0", "NormalBackward0", "UniformBackward0"], package


@pytest.mark.filterwarnings("ignore::tinygrad_fr.errors.CompileWarning")
def test_a_compiled_step_draws_anew():
    answers = []
    for package in (torch, tg):
        package.manual_seed(0)
        p = package.tensor([0.3, 0.6], requires_grad=True)

        def step(x, package=package, p=p):
            y = package.bernoulli(p * x)
            (y * p).sum().backward()
            return y.detach()

        step = package.compile(step) if package is tg else step
        answers.append([step(package.tensor(k)).tolist() for k in (1.0, 0.5, 1.0)] + [p.grad.tolist()])
    assert answers[0] == answers[1]
