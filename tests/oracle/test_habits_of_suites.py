"""Habits of libraries whose own tests were run here: each is a kind, tried on all its cousins, and compared with PyTorch."""

import copy

import numpy as np
import pytest
import torch

import tinygrad_fr as tg
from tinygrad_fr.errors import AbsentError, DtypeError, ShapeError
from tinygrad_fr.lessons.alias import aliased
from tinygrad_fr.lessons.names import missing
from tinygrad_fr.promotion.left_out import ABSENT

BOTH = (tg, torch)


def same(ours, theirs):
    assert ours.dtype == getattr(tg, str(theirs.dtype).removeprefix("torch."))
    np.testing.assert_allclose(
        ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-6, atol=1e-7
    )  # element by element in 32 bits


@pytest.mark.parametrize("name", sorted(ABSENT))
def test_a_type_without_elements_here_is_named_compared_and_refused(name):
    ours, theirs = getattr(tg, name), getattr(torch, name)
    assert repr(ours) == repr(theirs)
    assert (ours.is_complex, ours.is_floating_point, ours.itemsize) == (
        theirs.is_complex,
        theirs.is_floating_point,
        theirs.itemsize,
    )
    if name[0] != "q":
        assert repr(ours.to_real()) == repr(theirs.to_real())
    assert ours not in (tg.float32, tg.float16)
    assert tg.zeros(1).dtype != ours
    assert copy.deepcopy(ours) is ours
    x = tg.zeros(1)
    for use in (lambda: x.to(ours), lambda: tg.zeros(1, dtype=ours), lambda: x.sum(dtype=ours), lambda: x.type(ours)):
        with pytest.raises(DtypeError, match=rf"^{ours!r}: "):
            use()
    assert [each.name for each in missing(f"import torch\ntorch.{name}")] == [f"torch.{name}"]


@pytest.mark.parametrize(
    "line",
    [
        "from torch.cuda import FloatTensor as used",
        "from torch.cuda import LongTensor as used",
        "from torch.distributed import all_reduce as used",
        "from torch.distributed import ProcessGroup as used",
        "from torch.nn.parallel import DistributedDataParallel as used",
        "from torch.nn.parallel.distributed import DistributedDataParallel as used",
    ],
)
def test_what_may_never_be_used_can_be_imported(line):
    with aliased():
        space = {}
        exec(line, space)
        assert not isinstance(tg.zeros(1), space["used"])
        with pytest.raises(AbsentError, match=r"^torch\."):
            space["used"](tg.zeros(1))
    assert missing(line)


MATRICES = ("addmm", "addbmm", "baddbmm", "addmv", "addr")


@pytest.mark.filterwarnings("ignore:This overload")
@pytest.mark.parametrize("numbers", [(2,), (2, 0.5)])
@pytest.mark.parametrize("end", ["", "_"])
@pytest.mark.parametrize("name", ["add", "sub", "addcmul", "addcdiv", *MATRICES])
def test_factors_that_stand_before_the_operands(name, end, numbers):
    if name not in MATRICES:
        numbers = numbers[-1:]
    sides = {"addbmm": ((2, 3, 3),) * 2, "baddbmm": ((2, 3, 3),) * 2, "addmv": ((3, 3), (3,)), "addr": ((3,), (3,))}
    operands = sides.get(name, ((3, 3),) * (1 if name in ("add", "sub") else 2))
    first = (3,) if name == "addmv" else (2, 3, 3) if name == "baddbmm" else (3, 3)
    rng = np.random.default_rng(0)
    arrays = [rng.uniform(1, 2, shape).astype(np.float32) for shape in (first, *operands)]
    found = []
    for package in BOTH:
        x, *others = map(package.tensor, arrays)
        found.append(getattr(x, name + end)(*numbers, *others))
    same(*found)


LISTS = {
    "add": ([1.0, 2.0],), "sub": (0.5,), "mul": ("xs",), "div": (2.0,), "addcmul": ("xs", "xs", [2.0, 3.0]), "addcdiv": ("xs", "xs", 0.5),
    "lerp": ("xs", 0.25), "pow": (2.0,), "clamp_min": (1.5,), "clamp_max": ([1.5, 1.2],), "maximum": (1.5,), "minimum": ("xs",), "abs": (),
    "neg": (), "sqrt": (), "rsqrt": (), "reciprocal": (), "sign": (), "exp": (), "log": (), "tanh": (), "sigmoid": (), "floor": (),
}  # fmt: skip


@pytest.mark.parametrize("end", ["", "_"])
@pytest.mark.parametrize("name", LISTS)
def test_functions_of_lists_of_tensors(name, end):
    rng = np.random.default_rng(1)
    arrays = [rng.uniform(1, 2, shape).astype(np.float32) for shape in ((2, 3), (4,))]
    found = []
    for package in BOTH:
        xs, ys = (list(map(package.tensor, arrays)) for _ in range(2))
        given = getattr(package, f"_foreach_{name}{end}")(xs, *(ys if each == "xs" else each for each in LISTS[name]))
        assert type(given) is (list if end else tuple)
        found.append([*given, *xs])
    for ours, theirs in zip(*found, strict=True):
        same(ours, theirs)


def test_lists_of_different_lengths_are_refused_before_anything_changes():
    xs = [tg.ones(2), tg.ones(3)]
    for operands in ([1.0], xs[:1]):
        with pytest.raises(ShapeError, match="of 2 elements, got one of 1"):
            tg._foreach_add_(xs, operands)
    assert [x.tolist() for x in xs] == [[1.0, 1.0], [1.0, 1.0, 1.0]]
    assert not hasattr(tg, "_foreach_nothing")


@pytest.mark.parametrize("end", ["", "_"])
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("pow", {"exponent": 3.0}),
        ("pow", {"exponent": "x"}),
        ("clamp_min", {"min": 0.5}),
        ("clamp_max", {"max": "x"}),
        ("lerp", {"end": "x", "weight": 0.25}),
        ("lerp", {"weight": "x", "end": "x"}),
        ("atan2", {"other": "x"}),
        ("mul", {"other": 2.0}),
    ],
)
def test_second_operands_by_pytorchs_names(name, options, end):
    found = []
    for package in BOTH:
        x, y = package.tensor([0.25, 0.75]), package.tensor([0.5, 0.6])
        found.append(getattr(x, name + end)(**{key: y if value == "x" else value for key, value in options.items()}))
    same(*found)


@pytest.mark.filterwarnings("ignore:__array_wrap__:DeprecationWarning")  # of PyTorch's
@pytest.mark.parametrize("dtype", ["int8", "int32", "int64", "uint8", "bool"])
@pytest.mark.parametrize("name", ["cos", "radians", "sqrt", "exp", "arctan", "log1p"])
def test_what_numpy_computes_of_integers_has_numpys_digits(name, dtype):
    found = [getattr(np, name)(package.tensor([0, 1]).to(getattr(package, dtype))) for package in BOTH]
    ours, theirs = (np.asarray(x) for x in found)
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=2e-3 if ours.dtype == np.float16 else 1e-7)


@pytest.mark.parametrize("dtype", [None, "float16", "float32", "float64"])
@pytest.mark.parametrize("requires", [False, True])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_tensors_in_lists_have_the_type_that_is_asked_for(depth, requires, dtype):
    found = []
    for package in BOTH:
        data = [package.tensor(0.1, dtype=package.float64), package.tensor(2.0, dtype=package.float64)]
        for _ in range(depth - 1):
            data = [tuple(data), data]
        kind = None if dtype is None else getattr(package, dtype)
        found.append(package.tensor(data, dtype=kind, requires_grad=requires))
    ours, theirs = found
    same(ours, theirs)
    assert ours.requires_grad == theirs.requires_grad
    if requires:
        (ours * ours).sum().backward()
        (theirs * theirs).sum().backward()
        same(ours.grad, theirs.grad)


@pytest.mark.parametrize("kind", ["tensor", "result", "parameter"])
def test_attributes_of_ones_own(kind):
    found = []
    for package in BOTH:
        x = package.ones(2)
        x = {"tensor": x, "result": x + 1, "parameter": package.nn.Parameter(x)}[kind]
        x.mask, x.no_decay = [1], True
        with package.no_grad():
            x.add_(1)
        copies = (x.clone(), x.detach(), x.data, copy.deepcopy(x.detach()), copy.copy(x), copy.deepcopy(x))
        found.append((x.mask, x.no_decay, [hasattr(each, "mask") for each in copies[:5] if kind != "parameter"]))
        found[-1] += (hasattr(copies[5], "mask"), hasattr(x, "other"))
    assert found[0] == found[1]


@pytest.mark.parametrize("held", ["_modules", "_parameters", "_buffers"])
@pytest.mark.parametrize("own", [False, True])
def test_a_dictionary_of_a_module_that_is_put_in_the_place_of_its_own(held, own):
    found = []
    for package in BOTH:

        class Plain(package.nn.Module):
            def __setattr__(self, name, value, own=own):
                if own:
                    object.__setattr__(self, name, value)
                else:
                    super().__setattr__(name, value)

        part = {"_modules": package.nn.ReLU, "_parameters": lambda: package.nn.Parameter(package.ones(1))}  # noqa: B023
        net = Plain()
        if not own:
            net._modules["before"] = package.nn.Tanh()
        setattr(net, held, {"kept": part.get(held, lambda: package.ones(1))()})  # noqa: B023
        getattr(net, held)["later"] = part.get(held, lambda: package.ones(1))()  # noqa: B023
        del getattr(net, held)["kept"]
        found.append([hasattr(net, name) for name in ("before", "kept", "later")])
        found[-1] += [len(list(net.parameters())), len(list(net.buffers())), len(list(net.children()))]
    assert found[0] == found[1]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("gap", [0.0, 1e-8, 1e-6, 2e-5, 2e-4, 5e-3])
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_the_older_comparison_of_tensors(dtype, gap):
    found = []
    for package in BOTH:
        x = package.tensor([1.0, float("nan"), 0.0], dtype=getattr(package, dtype))
        try:
            package.testing.assert_allclose(x, x + gap)
            found.append(True)
        except AssertionError:
            found.append(False)
    assert found[0] == found[1]


@pytest.mark.parametrize("rate", [None, -1.0, 0.5])
def test_an_optimizer_of_ones_own_gives_its_rate_a_meaning(rate):
    for package in BOTH:

        class Own(package.optim.Optimizer):
            pass

        found = Own([package.ones(1, requires_grad=True)], {"lr": rate})
        assert found.param_groups[0]["lr"] == rate


@pytest.mark.parametrize("singular", [(), (0,), (0, 2)])
def test_inverses_of_matrices_of_which_some_have_none(singular):
    a = np.random.default_rng(2).standard_normal((3, 2, 2))
    for i in singular:
        a[i] = [[1, 2], [2, 4]]
    found = [package.linalg.inv_ex(package.tensor(a)) for package in BOTH]
    infos = [each.info.tolist() for each in found]
    assert [bool(x) for x in infos[0]] == [i in singular for i in range(3)]
    regular = [i for i in range(3) if i not in singular]
    np.testing.assert_allclose(found[0].inverse.numpy()[regular], found[1].inverse.numpy()[regular], rtol=1e-9)


def test_bases_of_recurrent_layers():
    for package in BOTH:
        nn = package.nn
        assert all(isinstance(layer(2, 3), nn.RNNBase) for layer in (nn.RNN, nn.LSTM, nn.GRU))
        assert all(isinstance(cell(2, 3), nn.RNNCellBase) for cell in (nn.RNNCell, nn.LSTMCell, nn.GRUCell))
        assert not isinstance(nn.Linear(2, 3), nn.RNNBase)


def test_numbers_are_real():
    for package in BOTH:
        x = package.tensor([1.0, -2.0])
        assert all(package.equal(each, x) for each in (package.real(x), package.conj(x), x.conj(), x.resolve_conj()))
        same(tg.ones(2).type(tg.Tensor), torch.ones(2).type(torch.Tensor))
        assert package.is_autocast_enabled() is False
