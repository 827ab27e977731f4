"""Random draws inside ``vmap``: PyTorch's numbers for each ``randomness``, and its refusal where nothing is said."""

import pytest
import torch

import tinygrad_fr as tg

FUNCTIONS = {
    "dropout": lambda t, x: t.nn.functional.dropout(x, 0.5),
    "dropout1d": lambda t, x: t.nn.functional.dropout1d(x.reshape(2, 5), 0.5),
    "rand": lambda t, x: x + t.rand(10),
    "randn": lambda t, x: x + t.randn(20)[:10],
    "rand_like": lambda t, x: t.rand_like(x),
    "randint": lambda t, x: t.randint(0, 9, (3,)) + x[:3],
    "randperm": lambda t, x: t.randperm(5) + x[:5],
    "normal of numbers": lambda t, x: t.normal(0.0, 2.0, (16,)) + x[0],
    "in place": lambda t, x: x.clone().uniform_() + x.clone().normal_(),
    "two of them": lambda t, x: t.rand(3).sum() + t.randn(2).sum() * x,
}
EACH_FOR_ITSELF = {
    "bernoulli": lambda t, x: t.bernoulli(x / 40),
    "multinomial": lambda t, x: t.multinomial(x + 1, 2),
}


def drawn(library, function, randomness, slices):
    """The mapped function's result, and the next number of the generator."""
    library.manual_seed(slices)
    x = library.arange(10.0 * slices).reshape(slices, 10)
    y = library.func.vmap(lambda row: function(library, row), randomness=randomness)(x)
    return y.tolist(), library.rand(1).item()


@pytest.mark.parametrize("slices", [1, 2, 5])
@pytest.mark.parametrize("randomness", ["different", "same"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_numbers(name, randomness, slices):
    ours, next_of_ours = drawn(tg, FUNCTIONS[name], randomness, slices)
    theirs, next_of_theirs = drawn(torch, FUNCTIONS[name], randomness, slices)
    torch.testing.assert_close(torch.tensor(ours), torch.tensor(theirs), rtol=1e-6, atol=1e-6)
    assert next_of_ours == next_of_theirs


@pytest.mark.parametrize("name", EACH_FOR_ITSELF)
def test_numbers_of_tensors_of_their_own(name):
    assert drawn(tg, EACH_FOR_ITSELF[name], "different", 4) == drawn(torch, EACH_FOR_ITSELF[name], "different", 4)


@pytest.mark.parametrize("inner", ["different", "same"])
@pytest.mark.parametrize("outer", ["different", "same"])
def test_one_in_another(outer, inner):
    found = []
    for library in (tg, torch):
        vmap = library.func.vmap

        def function(row, vmap=vmap, library=library):
            return vmap(lambda x: x + library.rand(3), randomness=inner)(row)

        library.manual_seed(3)
        y = vmap(function, randomness=outer)(library.zeros(2, 4))
        found.append((y.tolist(), library.rand(1).item()))
    assert found[0] == found[1]


@pytest.mark.parametrize("name", [*FUNCTIONS, *EACH_FOR_ITSELF])
def test_refused_where_nothing_is_said(name):
    function = (FUNCTIONS | EACH_FOR_ITSELF)[name]
    for library in (tg, torch):
        with pytest.raises(RuntimeError, match="random"):
            drawn(library, function, "error", 3)
        assert isinstance(library.rand(1).item(), float)  # outside of it numbers are drawn as ever


def test_refused_words():
    for library in (tg, torch):
        with pytest.raises(RuntimeError, match="randomness"):
            library.func.vmap(lambda x: x, randomness="any")(library.zeros(2))
    with pytest.raises(tg.errors.UsageError, match="same"):  # PyTorch refuses this one whatever the probabilities are
        drawn(tg, EACH_FOR_ITSELF["bernoulli"], "same", 2)


def test_compiled():
    """A compiled step draws anew at each call, as an eager one does."""

    def step(x):
        return tg.func.vmap(lambda row: row + tg.rand(3), randomness="different")(x).sum()

    compiled, x = tg.compile(step), tg.zeros(2, 3)
    with pytest.warns(tg.errors.CompileWarning):
        compiled(x)
    found = []
    for call in (step, compiled):
        tg.manual_seed(0)
        found.append([call(x).item() for _ in range(3)])
    assert found[0] == found[1]
