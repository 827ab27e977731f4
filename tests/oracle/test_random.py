"""The same seed gives PyTorch's numbers: every function that draws, and everything that draws through it.

The numbers are PyTorch's on a processor of the kind where it draws Bernoulli's and exponential numbers from its own generator.
Where PyTorch takes these from Intel's library, :func:`of_its_own` sees it, and those rows are left out by name.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_fr as tg
import tinygrad_fr.utils.data

N = 10_000
FLOATS = ("float32", "float64", "float16")
INTEGERS = ("int64", "int32", "int16", "int8", "uint8")


def of_its_own():
    """Whether PyTorch draws exponential numbers from its own generator, here."""
    torch.manual_seed(0)
    torch.empty(5).exponential_()
    after = torch.rand(1)
    torch.manual_seed(0)
    torch.rand(10)  # two words each
    return bool(after == torch.rand(1))


OTHERS = pytest.mark.skipif(not of_its_own(), reason="PyTorch takes bernoulli_ and exponential_ from MKL here")


def numbers(x):
    return x.detach().numpy()


def same(draw, tolerance=0.0, seed=11):
    """Draw in both from one seed, and then three numbers more."""
    tg.manual_seed(seed)
    torch.manual_seed(seed)
    mine, theirs = numbers(draw(tg)), numbers(draw(torch))
    assert mine.dtype == theirs.dtype
    assert mine.shape == theirs.shape
    if tolerance:
        np.testing.assert_allclose(mine, theirs, rtol=tolerance, atol=tolerance)
    else:
        np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_array_equal(numbers(tg.rand(3)), numbers(torch.rand(3)), "as many words are taken")


def of(module, name):
    return getattr(module, name)


@pytest.mark.parametrize("dtype", FLOATS)
def test_rand(dtype):
    same(lambda m: m.rand(N, dtype=of(m, dtype)))


@pytest.mark.parametrize("dtype", FLOATS)
def test_randn(dtype):
    same(lambda m: m.randn(N, dtype=of(m, dtype)), 1e-3 if dtype == "float16" else 1e-6)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("n", range(1, 41))
def test_sizes(n, dtype):
    tolerance = 1e-3 if dtype == "float16" else 1e-6
    same(lambda m: m.rand(n, dtype=of(m, dtype)))
    same(lambda m: m.randn(n, dtype=of(m, dtype)), tolerance)
    same(lambda m: m.cat([m.randn(n, dtype=of(m, dtype)), m.randn(3, dtype=of(m, dtype))]), tolerance)


@pytest.mark.parametrize(
    ("low", "high"),
    [(0, 10), (-7, 100), (0, 2**28 - 1), (0, 2**28), (-5, 2**31), (0, 2**32), (0, 2**40), (-(2**63), 2**63 - 1)],
)
def test_randint(low, high):
    same(lambda m: m.randint(low, high, (N,)))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_randint_of_a_dtype(dtype):
    same(lambda m: m.randint(3, 100, (N,), dtype=of(m, dtype)))
    same(lambda m: m.empty(N, dtype=of(m, dtype)).random_())
    same(lambda m: m.empty(N, dtype=of(m, dtype)).random_(100))
    same(lambda m: m.empty(N, dtype=of(m, dtype)).geometric_(0.3))


@pytest.mark.parametrize("n", [0, 1, 2, 15, 16, 17, 1000, N])
def test_randperm(n):
    same(lambda m: m.randperm(n))


IN_PLACE = {
    "uniform_": lambda x: x.uniform_(-0.37, 0.91),
    "normal_": lambda x: x.normal_(0.5, 2),
    "cauchy_": lambda x: x.cauchy_(1, 2),
    "log_normal_": lambda x: x.log_normal_(0.5, 0.7),
    "geometric_": lambda x: x.geometric_(0.3),
    "random_": lambda x: x.random_(),
    "random_(100)": lambda x: x.random_(100),
    "exponential_": lambda x: x.exponential_(1.7),
    "bernoulli_": lambda x: x.bernoulli_(0.3),
}


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=OTHERS if name in ("exponential_", "bernoulli_") else ()) for name in IN_PLACE]
)
def test_in_place(name, dtype):
    change = IN_PLACE[name]
    tolerance = 2e-3 if dtype == "float16" else 1e-6
    same(lambda m: change(m.empty(N, dtype=of(m, dtype))), tolerance)
    same(lambda m: change(m.empty(20, 31, dtype=of(m, dtype)).T), tolerance)
    same(lambda m: change(m.empty(5, 6, 7, dtype=of(m, dtype)).permute(2, 0, 1)), tolerance)
    same(lambda m: change(m.empty(20, 30, dtype=of(m, dtype))[:, ::2]), tolerance)


FUNCTIONS = {
    "rand_like": lambda m: m.rand_like(m.ones(20, 30).T),
    "randn_like": lambda m: m.randn_like(m.ones(20, 30).T),
    "randint_like": lambda m: m.randint_like(m.ones(20, 30).T, 9),
    "normal of tensors": lambda m: m.normal(m.arange(100.0), m.arange(1.0, 101)),
    "normal of a mean": lambda m: m.normal(m.arange(10.0), 2.0),
    "normal of a deviation": lambda m: m.normal(2.0, m.arange(1.0, 101)),
    "normal of numbers": lambda m: m.normal(2.0, 3.0, (100,)),
    "bernoulli": lambda m: m.bernoulli(m.arange(1000.0) / 1000),
    "bernoulli of float64": lambda m: m.bernoulli((m.arange(1000.0) / 1000).double()),
    "poisson": lambda m: m.poisson(m.arange(500.0) / 10),
    "multinomial, replaced": lambda m: m.multinomial(m.arange(77.0).reshape(7, 11), 50, True),
    "bernoulli_ of a tensor": lambda m: m.empty(1000).bernoulli_(m.arange(1000.0) / 1000),
}
OF_OTHERS = {
    "bernoulli of a number": lambda m: m.bernoulli(m.ones(1000), 0.3),
    "multinomial of one": lambda m: m.multinomial(m.arange(77.0).reshape(7, 11), 1),
    "multinomial, each once": lambda m: m.multinomial(m.arange(77.0).reshape(7, 11), 5),
    "dropout": lambda m: m.nn.functional.dropout(m.ones(100, 11), 0.3),
    "dropout of all": lambda m: m.nn.functional.dropout(m.ones(100), 1.0),
    "dropout of a transpose": lambda m: m.nn.functional.dropout(m.ones(100, 11).T, 0.3),
    "dropout1d": lambda m: m.nn.functional.dropout1d(m.ones(10, 11, 3), 0.3),
    "dropout1d without a batch": lambda m: m.nn.functional.dropout1d(m.ones(10, 11), 0.3),
    "dropout2d": lambda m: m.nn.functional.dropout2d(m.ones(10, 11, 3, 3), 0.3),
    "dropout3d without a batch": lambda m: m.nn.functional.dropout3d(m.ones(10, 11, 2, 2), 0.3),
    "alpha_dropout": lambda m: m.nn.functional.alpha_dropout(m.ones(10, 11), 0.3, True),
    "gumbel_softmax": lambda m: m.nn.functional.gumbel_softmax(m.ones(10, 11)),
    "nn.Dropout": lambda m: m.nn.Dropout(0.3)(m.ones(50)),
    "attention": lambda m: m.nn.functional.scaled_dot_product_attention(
        m.randn(2, 3, 5, 4), m.randn(2, 3, 6, 4), m.randn(2, 3, 6, 4), dropout_p=0.4
    ),
    "weights of attention": lambda m: m.cat(
        [part.reshape(-1) for part in m.nn.MultiheadAttention(8, 2, dropout=0.4)(*[m.randn(5, 2, 8)] * 3)]
    ),
    "recurrent dropout": lambda m: m.nn.LSTM(3, 4, 3, dropout=0.5)(m.randn(5, 2, 3))[0],
    "recurrent dropout, batch first": lambda m: m.nn.GRU(3, 4, 2, dropout=0.5, batch_first=True)(m.randn(2, 5, 3))[0],
    "encoder layer": lambda m: m.nn.TransformerEncoderLayer(8, 2, 16, dropout=0.3)(m.randn(5, 2, 8)),
    "encoder layer, batch first": lambda m: m.nn.TransformerEncoderLayer(8, 2, 16, 0.3, batch_first=True)(
        m.randn(5, 2, 8)
    ),
    "decoder layer": lambda m: m.nn.TransformerDecoderLayer(8, 2, 16, dropout=0.3)(m.randn(5, 2, 8), m.randn(3, 2, 8)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name):
    same(FUNCTIONS[name], 1e-6)


@OTHERS
@pytest.mark.parametrize("name", OF_OTHERS)
def test_functions_that_intel_may_draw(name):
    same(OF_OTHERS[name], 1e-5)


INITIALISERS = {
    "uniform_": lambda i, x: i.uniform_(x, -1, 2),
    "normal_": lambda i, x: i.normal_(x, 1, 2),
    "trunc_normal_": lambda i, x: i.trunc_normal_(x, std=0.02),
    "trunc_normal_, cut": lambda i, x: i.trunc_normal_(x, std=1.5),
    "trunc_normal_, rare": lambda i, x: i.trunc_normal_(x, std=1.0, a=1.5, b=2.0),
    "xavier_uniform_": lambda i, x: i.xavier_uniform_(x, 1.5),
    "xavier_normal_": lambda i, x: i.xavier_normal_(x),
    "kaiming_uniform_": lambda i, x: i.kaiming_uniform_(x, nonlinearity="relu"),
    "kaiming_normal_": lambda i, x: i.kaiming_normal_(x, mode="fan_out"),
    "orthogonal_": lambda i, x: i.orthogonal_(x, 0.7),
    "sparse_": lambda i, x: i.sparse_(x, 0.3),
}


@pytest.mark.parametrize("name", INITIALISERS)
@pytest.mark.parametrize("sides", [(12, 7), (7, 12), (3, 4)])
@pytest.mark.parametrize("dtype", FLOATS[:2])
def test_initialisers(name, sides, dtype):
    same(lambda m: INITIALISERS[name](m.nn.init, m.empty(*sides, dtype=of(m, dtype))), 3e-6)


LAYERS = {
    "Linear": lambda n: n.Linear(7, 5),
    "Linear without bias": lambda n: n.Linear(7, 5, bias=False),
    "Bilinear": lambda n: n.Bilinear(3, 4, 5),
    "Embedding": lambda n: n.Embedding(10, 3, padding_idx=2),
    "Conv1d": lambda n: n.Conv1d(4, 6, 3),
    "Conv2d": lambda n: n.Conv2d(4, 6, 3, groups=2),
    "Conv3d": lambda n: n.Conv3d(2, 3, 2),
    "ConvTranspose1d": lambda n: n.ConvTranspose1d(4, 6, 3),
    "ConvTranspose2d": lambda n: n.ConvTranspose2d(4, 6, 3, groups=2),
    "ConvTranspose3d": lambda n: n.ConvTranspose3d(2, 3, 2),
    "RNN": lambda n: n.RNN(3, 4, 2),
    "LSTM": lambda n: n.LSTM(3, 4, 2, bidirectional=True),
    "GRU": lambda n: n.GRU(3, 4, bias=False),
    "RNNCell": lambda n: n.RNNCell(3, 4),
    "LSTMCell": lambda n: n.LSTMCell(3, 4),
    "GRUCell": lambda n: n.GRUCell(3, 4),
    "MultiheadAttention": lambda n: n.MultiheadAttention(8, 2),
    "TransformerEncoderLayer": lambda n: n.TransformerEncoderLayer(8, 2, 16),
    "TransformerDecoderLayer": lambda n: n.TransformerDecoderLayer(8, 2, 16),
    "TransformerEncoder": lambda n: n.TransformerEncoder(n.TransformerEncoderLayer(8, 2, 16), 2),
    "Transformer": lambda n: n.Transformer(8, 2, 2, 2, 16),
    "norms": lambda n: n.Sequential(n.BatchNorm1d(3), n.LayerNorm(3), n.GroupNorm(3, 3), n.Linear(3, 2), n.PReLU()),
}


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
@pytest.mark.parametrize("name", LAYERS)
def test_layers_start_alike(name):
    tg.manual_seed(3)
    torch.manual_seed(3)
    mine, theirs = LAYERS[name](tg.nn), LAYERS[name](torch.nn)
    own, others = mine.state_dict(), theirs.state_dict()
    assert list(own) == list(others)
    for key in own:
        np.testing.assert_allclose(numbers(own[key]), numbers(others[key]), rtol=0, atol=1e-6, err_msg=key)
    np.testing.assert_array_equal(numbers(tg.rand(3)), numbers(torch.rand(3)))


class Rows:
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        return index


def order(loader):
    return [int(x) for batch in loader for x in batch]


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("generator", [False, True])
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize(("n", "size"), [(50, 7), (48, 8)])
def test_data_loader(n, size, shuffle, generator, drop_last):
    found = []
    for module in (tg, torch):
        module.manual_seed(5)
        own = module.Generator().manual_seed(6) if generator else None
        loader = module.utils.data.DataLoader(Rows(n), size, shuffle=shuffle, drop_last=drop_last, generator=own)
        found.append([order(loader), order(loader), module.rand(2).tolist(), module.rand(2, generator=own).tolist()])
    assert found[0] == found[1]


SAMPLERS = {
    "random": lambda d: d.RandomSampler(Rows(50)),
    "more than there are": lambda d: d.RandomSampler(Rows(50), num_samples=120),
    "replaced": lambda d: d.RandomSampler(Rows(50), replacement=True, num_samples=77),
    "subset": lambda d: d.SubsetRandomSampler(list(range(5, 30))),
    "weighted": lambda d: d.WeightedRandomSampler([1.0, 2.0, 3.0, 4.0], 40),
    "split": lambda d: [i for part in d.random_split(Rows(50), [0.7, 0.3]) for i in part.indices],
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_samplers(name):
    found = []
    for module in (tg, torch):
        module.manual_seed(5)
        found.append([*SAMPLERS[name](module.utils.data), *module.rand(2).tolist()])
    assert found[0] == found[1]


V, P = (0.2, 0.6, 3.0), (0.2, 0.6, 0.9)
DISTRIBUTIONS = {
    "Normal": lambda d, t: d.Normal(t(V), t(V)),
    "LogNormal": lambda d, t: d.LogNormal(t(V), t(V)),
    "HalfNormal": lambda d, t: d.HalfNormal(t(V)),
    "Laplace": lambda d, t: d.Laplace(t(V), t(V)),
    "Gumbel": lambda d, t: d.Gumbel(t(V), t(V)),
    "Cauchy": lambda d, t: d.Cauchy(t(V), t(V)),
    "StudentT": lambda d, t: d.StudentT(t(V)),
    "Uniform": lambda d, t: d.Uniform(t(V), t(V) + 2),
    "Gamma": lambda d, t: d.Gamma(t(V), t(V)),
    "Dirichlet": lambda d, t: d.Dirichlet(t(V)),
    "Beta": lambda d, t: d.Beta(t(V), t(V) + 1),
    "MultivariateNormal": lambda d, t: d.MultivariateNormal(t(V), t(np.eye(3, dtype=np.float32).tolist())),
    "Bernoulli": lambda d, t: d.Bernoulli(t(P)),
    "Geometric": lambda d, t: d.Geometric(t(P)),
    "Binomial": lambda d, t: d.Binomial(7, t(P)),
    "Binomial of many": lambda d, t: d.Binomial(100, t(P)),
    "Poisson": lambda d, t: d.Poisson(t(V) * 10),
    "Categorical": lambda d, t: d.Categorical(t(V)),
    "Categorical by logits": lambda d, t: d.Categorical(logits=t([V, P])),
    "OneHotCategorical": lambda d, t: d.OneHotCategorical(t(V)),
    "Exponential": lambda d, t: d.Exponential(t(V)),
}


@pytest.mark.parametrize("shape", [(), (200,)])
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=OTHERS if name == "Exponential" else ()) for name in DISTRIBUTIONS]
)
def test_distributions(name, shape):
    same(lambda m: DISTRIBUTIONS[name](m.distributions, m.tensor).sample(shape), 2e-6)


CALLS = {
    "rand": lambda m, n: m.rand(n),
    "rand of float64": lambda m, n: m.rand(n, dtype=m.float64),
    "randn": lambda m, n: m.randn(n),
    "randn of float64": lambda m, n: m.randn(n, dtype=m.float64),
    "randint": lambda m, n: m.randint(0, 7, (n,)),
    "long randint": lambda m, n: m.randint(0, 2**40, (n,)),
    "randperm": lambda m, n: m.randperm(n),
    "normal_ of a transpose": lambda m, n: m.empty(n, 3).T.normal_(),
    "log_normal_": lambda m, n: m.empty(n).log_normal_(),
    "cauchy_": lambda m, n: m.empty(n).uniform_(),
    "Linear": lambda m, n: m.nn.Linear(n, 2).weight,
}


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(-(2**63), 2**64 - 1),
    calls=st.lists(st.tuples(st.sampled_from(sorted(CALLS)), st.integers(1, 40)), max_size=12),
)
def test_any_calls_one_after_the_other(seed, calls):
    tg.manual_seed(seed)
    torch.manual_seed(seed)
    for name, n in calls:
        mine, theirs = numbers(CALLS[name](tg, n)), numbers(CALLS[name](torch, n))
        np.testing.assert_allclose(mine, theirs, rtol=1e-6, atol=1e-6, err_msg=name)
    np.testing.assert_array_equal(numbers(tg.get_rng_state()), numbers(torch.get_rng_state()))
    assert tg.initial_seed() == torch.initial_seed()


def test_states_are_pytorchs_bytes():
    torch.manual_seed(4)
    torch.randn(3)
    torch.rand(700)
    tg.set_rng_state(tg.tensor(torch.get_rng_state().detach().numpy()))
    np.testing.assert_allclose(numbers(tg.randn(5)), numbers(torch.randn(5)), rtol=1e-6)
    torch.set_rng_state(torch.from_numpy(numbers(tg.get_rng_state()).copy()))
    np.testing.assert_allclose(numbers(tg.randn(100)), numbers(torch.randn(100)), rtol=1e-6, atol=1e-6)
    assert tg.Generator().initial_seed() == torch.Generator().initial_seed()
    with tg.random.fork_rng():
        tg.rand(3)
    assert tg.rand(3).tolist() == torch.rand(3).tolist()


def test_a_compiled_step_draws_what_an_eager_one_draws():
    found = []
    for wrap in (lambda step: step, tg.compile):
        tg.manual_seed(2)
        model = tg.nn.Sequential(tg.nn.Linear(4, 20), tg.nn.Dropout(0.4), tg.nn.Linear(20, 1))
        step = wrap(lambda x, model=model: (model(x + 0.1 * tg.randn(3, 4))).sum())
        found.append([step(tg.ones(3, 4)).item() for _time in range(5)])
    torch.manual_seed(2)
    model = torch.nn.Sequential(torch.nn.Linear(4, 20), torch.nn.Dropout(0.4), torch.nn.Linear(20, 1))
    theirs = [model(torch.ones(3, 4) + 0.1 * torch.randn(3, 4)).sum().item() for _time in range(5)]
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5)
    if of_its_own():
        np.testing.assert_allclose(found[0], theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["shuffled", "again", "subset", "weighted", "weighted once"])
def test_samplers_draw_when_the_first_place_is_asked_for(kind):
    found = []
    for package in (torch, tg):
        ways = package.utils.data
        sampler = {
            "shuffled": lambda w: w.RandomSampler(range(10)),
            "again": lambda w: w.RandomSampler(range(10), replacement=True, num_samples=50),
            "subset": lambda w: w.SubsetRandomSampler(range(3, 13)),
            "weighted": lambda w: w.WeightedRandomSampler([0.1, 0.9, 0.4, 0.7], 20),
            "weighted once": lambda w: w.WeightedRandomSampler([0.1, 0.9, 0.4, 0.7], 4, replacement=False),
        }[kind](ways)
        readings, lists = [iter(sampler), iter(sampler)], [[], []]
        for place in range(len(sampler)):
            for reading, each in zip(readings, lists, strict=True):
                if not place:
                    package.manual_seed(7)
                each.append(next(reading))
        assert lists[0] == lists[1]
        found.append(lists[0])
    assert found[1] == found[0]


@pytest.mark.parametrize("name", ["Dataset", "IterableDataset", "Subset", "Sampler", "DataLoader"])
def test_classes_that_are_of_something(name):
    for package in (torch, tg):
        kind = getattr(package.utils.data, name)
        if name != "DataLoader":
            given = {"kind": kind}
            exec("class Mine(kind[int]): pass", given)
            assert issubclass(given["Mine"], kind)
        assert kind[int].__origin__ is kind
