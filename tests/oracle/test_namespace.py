"""Every public name is PyTorch's, in one of its namespaces, or one of ours, which are written down here."""

import pytest
import torch

import tinygrad_fr as tg
from tinygrad_fr import nn
from tinygrad_fr.ops import registry

SPACES = (torch, torch.Tensor, torch.nn.functional, torch.linalg, torch.special, torch.autograd)
TORCHS = {name for space in SPACES for name in dir(space)}
# Ours: micrograd's Scalar, what shows a record, rooms of readers, and how tensors print, for which PyTorch has private names.
OURS = {
    "Scalar", "explain", "get_printoptions", "lessons", "observe", "opened", "printoptions", "record", "recording", "time_step",
    "training",
}  # fmt: skip
# What a tensor says of its place in the record, which readers read.
OF_NODES = {
    "attrs", "changed_since", "code", "current", "cut_off", "describe", "extra", "frozen", "gradient", "gradient_value",
    "handle_of", "id", "inputs", "instruction", "label", "latest", "move_to", "needs", "op", "outside", "plain", "rare", "rebind", "recorded",
    "retains", "scope", "seed", "site", "snapshot", "value", "wrap",
}  # fmt: skip
# What goes back through an operation, and a whole sequence or a cell whose function PyTorch names by its nonlinearity.
SHOWN = {"cofactors", "convolution_backward", "index_backward", "rnn", "rnn_cell"}


def test_the_package_has_pytorchs_names_and_ours():
    assert set(dir(tg)) - TORCHS - {"__version__"} <= OURS


def test_a_tensor_has_pytorchs_methods_and_what_a_node_says():
    assert {name for name in dir(tg.Tensor) if not name.startswith("_")} - set(dir(torch.Tensor)) <= OF_NODES


@pytest.mark.parametrize(
    ("ours", "torchs"),
    [
        (nn, torch.nn),
        (nn.functional, torch.nn.functional),
        (tg.linalg, torch.linalg),
        (tg.optim, torch.optim),
        (tg.optim.lr_scheduler, torch.optim.lr_scheduler),
        (nn.init, torch.nn.init),
    ],
    ids=lambda space: space.__name__,
)
def test_a_module_of_pytorchs_has_pytorchs_names(ours, torchs):
    own = [name for name, item in vars(ours).items() if getattr(item, "__module__", "") == ours.__name__]
    names = getattr(ours, "__all__", own)
    assert [name for name in names if not name.startswith("_") and not hasattr(torchs, name)] == []


def test_a_step_of_an_operation_is_shown_under_a_name_of_pytorchs():
    assert {op.shown_as for op in registry.values() if op.explained.shown_as} - TORCHS <= SHOWN
