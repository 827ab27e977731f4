"""Arguments given by place mean what they mean in PyTorch: its order, wherever PyTorch shows one."""

import inspect

import pytest
import torch

import tinygrad_fr as tg

PLACES = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
HOMES = [
    "",
    "autograd",
    "distributions",
    "func",
    "nn",
    "nn.functional",
    "nn.init",
    "nn.utils",
    "nn.utils.rnn",
    "optim",
    "optim.lr_scheduler",
    "utils.data",
]
# Names that differ from PyTorch's first difference on: what stands there is another setting of ours, or PyTorch's own is one
# that nothing here can read (`out`, `inplace`, control flow). By keyword all of them are refused or understood.
OTHERS = {
    "cond": "p",  # the condition of a matrix; PyTorch's torch.cond is control flow
    "nn.RNNBase": "hidden_size",  # what layers have in common; PyTorch's is told which of them it is
    "norm": "dtype",  # after keepdim, where PyTorch has out
}
SAME = {("B", "A"), ("hermitian", "symmetric"), ("split_size_or_sections", "split_size")}


def _names(function):
    """The names by place, None where a function shows none or takes any number of them."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return None
    return [p.name for p in parameters if p.kind in PLACES]


def _attribute(root, path):
    for part in path.split(".") if path else ():
        root = getattr(root, part)
    return root


def _pairs():
    for home in HOMES:
        theirs, ours = _attribute(torch, home), _attribute(tg, home)
        for name in dir(theirs):
            function = getattr(theirs, name)
            if not name.startswith("_") and callable(function) and hasattr(ours, name):
                yield f"{home}.{name}".lstrip("."), _names(function), _names(getattr(ours, name))
    for name in dir(torch.Tensor):
        if not name.startswith("_") and hasattr(tg.Tensor, name):
            theirs, ours = _names(getattr(torch.Tensor, name)), _names(getattr(tg.Tensor, name, None))
            yield f"Tensor.{name}", theirs, ours


COMPARED = [(name, theirs, ours) for name, theirs, ours in _pairs() if theirs is not None and ours is not None]


def test_hundreds_of_functions_are_compared():
    assert len(COMPARED) > 300


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "theirs", "ours"), COMPARED, ids=[row[0] for row in COMPARED])
def test_places_are_pytorchs(name, theirs, ours):
    if theirs[:1] == ["self"] != ours[:1] and len(ours) < len(theirs):
        theirs = theirs[1:]
    for theirs_, ours_ in [*zip(theirs, ours, strict=False)][1:]:  # the first is the subject, whatever its name
        if theirs_ != ours_ and (ours_, theirs_) not in SAME:
            assert OTHERS.get(name) == ours_, f"{theirs} in PyTorch, {ours} here"
            return
    assert name not in OTHERS


@pytest.mark.parametrize(
    "text",
    [
        "[1, 2] * T.ones(2)",
        "[1, 2] * T.tensor(2)",
        "T.tensor(2) * [1, 2]",
        "(0,) * T.tensor(3)",
        "'a' * T.tensor(2)",
        "T.ones(2) + (1, 2)",
        "(1, 2) + T.ones(2)",
        "T.ones(2) == [1, 1]",
        "T.ones(2) != [1, 1]",
        "T.ones(2) != None",
        "T.ones(2) < [1, 2]",
        "T.ones(2) @ [1, 2]",
        "T.ones(2) ** [1]",
        "T.tensor([3]) & [1]",
        "T.tensor([3]) << [1]",
    ],
)
def test_operators_leave_sequences_to_python(text):
    def answer(T):  # noqa: N803 - the module, as the texts name it
        try:
            return repr(eval(text, {"T": T}))
        except TypeError:
            return "TypeError"

    assert answer(tg) == answer(torch)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("loss", ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"])
@pytest.mark.parametrize("shapes", [((3, 1), (3,)), ((2, 3), (3,)), ((), (2,)), ((2, 2), (2, 2))])
def test_a_loss_of_two_shapes_broadcasts_as_there(loss, shapes):
    def gradients(T):  # noqa: N803
        x, y = (T.arange(float(torch.Size(s).numel())).reshape(s).requires_grad_() for s in shapes)
        value = getattr(T.nn.functional, loss)(x, y * 2 + 1)
        value.backward()
        return [value.item(), x.grad.tolist(), y.grad.tolist()]

    assert gradients(tg) == gradients(torch)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "call",
    [
        "F.mse_loss(x, y, None, None, 'sum')",
        "F.mse_loss(x, y, False)",
        "F.mse_loss(x, y, 'sum')",  # PyTorch reads size_average there
        "F.mse_loss(x, y, reduce=False)",
        "F.l1_loss(x, y, size_average=False)",
        "F.mse_loss(x, y, weight=w)",
        "F.l1_loss(x, y, weight=w)",
        "F.l1_loss(x, y, reduction='sum', weight=w)",
    ],
)
def test_old_flags_and_weights_of_losses(call):
    def answer(T):  # noqa: N803
        given = {"x": T.arange(3.0), "y": T.ones(3) * 5, "w": T.tensor([1.0, 2.0, 4.0]), "F": T.nn.functional}
        return eval(call, given).tolist()

    assert answer(tg) == answer(torch)


def test_shapes_that_differ_are_said_and_those_that_do_not_fit_are_refused():
    with pytest.warns(UserWarning, match="broadcast|diffus"):
        tg.nn.functional.mse_loss(tg.ones(3, 1), tg.ones(3))
    with pytest.raises(RuntimeError):
        tg.nn.functional.mse_loss(tg.ones(3, 1), tg.ones(2, 2))
