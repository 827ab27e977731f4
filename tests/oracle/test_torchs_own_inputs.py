"""Every module with the inputs that PyTorch tests its own with, and optimizers with the settings: values, gradients, buffers, text.

The inputs are those of ``torch.testing._internal``, which is a part of the package.
"""

import numpy as np
import pytest
import torch
from torch.testing._internal.common_modules import module_db
from torch.testing._internal.common_optimizers import optim_db

import tinygrad_fr as tg

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # what is about to change in PyTorch

MODULES = {info.module_cls.__name__: info for info in module_db}
# Not here, by name: refused in one sentence when they are asked for.
ABSENT = {"LinearCrossEntropyLoss"}
# Their weights have no shape before the first call, or a module of torch's is among their arguments.
ELSEWHERE = {name for name in MODULES if name.startswith("Lazy")} | {"TransformerEncoder"}
REFUSED = {
    "BatchNorm1d": "zero_batch",  # the mean of nothing
    "BatchNorm2d": "zero_batch",
    "BatchNorm3d": "zero_batch",
}
OPTIMIZERS = {info.optim_cls.__name__: info for info in optim_db}
MISSING = {"Muon", "SparseAdam"}


def ours_of(x):
    """What torch's test gives a module, as ours."""
    if isinstance(x, torch.Tensor):
        return tg.tensor(x.detach().numpy().copy(), requires_grad=x.requires_grad)
    if isinstance(x, torch.dtype):
        return getattr(tg, str(x).removeprefix("torch."))
    if isinstance(x, torch.nn.utils.rnn.PackedSequence) or (callable(x) and getattr(x, "__module__", "") != "builtins"):
        pytest.skip("an object of torch's own")
    if isinstance(x, dict):
        return {key: ours_of(value) for key, value in x.items()}
    if isinstance(x, tuple | list):
        return type(x)(map(ours_of, x))
    if callable(x):
        return {"relu": tg.nn.functional.relu, "gelu": tg.nn.functional.gelu}[x.__name__]
    return x


def flat(x):
    """Tensors inside, in order."""
    return [each for part in x for each in flat(part)] if isinstance(x, tuple | list) else [] if x is None else [x]


def close(ours, theirs, what):
    assert tuple(ours.shape) == tuple(theirs.shape), what
    assert str(ours.dtype).rpartition(".")[2] == str(theirs.dtype).rpartition(".")[2], what
    a, b = ours.detach().numpy(), theirs.detach().numpy()
    scale = max(1.0, float(np.abs(b).max(initial=0)) if b.dtype.kind == "f" and np.isfinite(b).all() else 1.0)
    np.testing.assert_allclose(a / scale, b / scale, rtol=1e-9, atol=1e-9, err_msg=what)


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("name", sorted(MODULES.keys() - ABSENT - ELSEWHERE))
def test_a_module_with_pytorchs_inputs(name, training):
    info = MODULES[name]
    inputs = info.module_inputs_func(info, device="cpu", dtype=torch.float64, requires_grad=True, training=training)
    for given in inputs:
        if given.forward_input is None or (REFUSED.get(name) == given.desc and training):
            continue
        compare(info.module_cls, given, training)


def compare(kind, given, training):
    """One module: its names, its values, the gradients of parameters and inputs, and its buffers afterwards."""
    made, run = given.constructor_input, given.forward_input
    what = f"{kind.__name__} {given.desc} {made.args} {made.kwargs}"
    theirs = kind(*made.args, **made.kwargs).double().train(training)
    ours = getattr(tg.nn, kind.__name__)(*ours_of(made.args), **ours_of(made.kwargs)).double().train(training)
    assert list(ours.state_dict()) == list(theirs.state_dict()), what
    ours.load_state_dict({key: ours_of(value) for key, value in theirs.state_dict().items()})
    assert repr(ours) == repr(theirs)
    args, options = ours_of(run.args), ours_of(run.kwargs)
    torch.manual_seed(1)
    tg.manual_seed(1)
    found, expected = flat(ours(*args, **options)), flat(theirs(*run.args, **run.kwargs))
    assert len(found) == len(expected), what
    for a, b in zip(found, expected, strict=True):
        close(a, b, what)
        assert a.requires_grad == b.requires_grad, what
    pairs = [(a, b) for a, b in zip(found, expected, strict=True) if b.requires_grad]
    leaves = [
        (a, b)
        for a, b in zip(flat([*args, *options.values()]), flat([*run.args, *run.kwargs.values()]), strict=True)
        if isinstance(b, torch.Tensor) and b.requires_grad and b.is_leaf
    ]
    if pairs:
        sum((a * a).sum() for a, _b in pairs).backward()
        sum((b * b).sum() for _a, b in pairs).backward()
    for a, b in [*zip(ours.parameters(), theirs.parameters(), strict=True), *leaves]:
        assert (a.grad is None) == (b.grad is None), what
        if a.grad is not None:
            close(a.grad, b.grad, what)
            b.grad = None
    for (key, a), (_key, b) in zip(ours.named_buffers(), theirs.named_buffers(), strict=True):
        close(a, b, f"{what}: {key}")


@pytest.mark.parametrize("style", ["list", "groups", "named"])
@pytest.mark.parametrize("name", sorted(OPTIMIZERS.keys() - MISSING))
def test_an_optimizer_with_pytorchs_settings(name, style):
    info = OPTIMIZERS[name]
    start = [np.random.default_rng(0).normal(size=shape) for shape in ((4, 3), (3,), (2, 2, 2))]

    def moved(library, kind, settings):
        weights = [library.tensor(each.copy(), requires_grad=True) for each in start]
        given = {
            "list": weights,
            "groups": [{"params": weights[:1], "lr": 0.02}, {"params": weights[1:]}],
            "named": [(f"w{i}", each) for i, each in enumerate(weights)],
        }[style]
        optimizer = kind(given, **settings)

        def closure():
            optimizer.zero_grad()
            loss = sum(((w - 1) ** 2).sum() * (i + 1) + w.sin().sum() for i, w in enumerate(weights))
            loss.backward()
            return loss

        for _step in range(5):
            if name == "LBFGS":
                optimizer.step(closure)
            else:
                closure()
                optimizer.step()
        groups = [{key: value for key, value in group.items() if key != "params"} for group in optimizer.param_groups]
        return [w.detach().numpy() for w in weights], str(groups), repr(optimizer)

    for given in info.optim_inputs_func(device="cpu"):
        settings = {key: value for key, value in given.kwargs.items() if not isinstance(value, torch.Tensor)}
        if name == "LBFGS" and style == "groups":
            continue  # it takes one group
        ours, theirs = moved(tg, getattr(tg.optim, name), settings), moved(torch, info.optim_cls, settings)
        # ASGD and NAdam keep a rate in a number of single precision there.
        tolerance = 1e-6 if name in ("ASGD", "NAdam", "RAdam") else 1e-9
        for a, b in zip(ours[0], theirs[0], strict=True):
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance, err_msg=f"{name} {given.desc} {settings}")
        assert ours[1:] == theirs[1:]
