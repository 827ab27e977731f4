"""Every model's own source, run with torch's names in place of ours, is its PyTorch twin: same keys, same answers.

Weights go there and back in files. What a plugin does outside of torch's names is replaced below, each with its reason.
"""

import ast
import inspect
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tinygrad_fr_plugins import translation

from tinygrad_fr.bridges.onnx.export import evaluating, forward
from tinygrad_fr.modes import recording
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.training import built, load_weights, save_weights

NUMBERS_ALONE = {"neuron"}  # a node for each number: torch has no such thing


def _parameter(data):
    """Torch's takes no arrays."""
    return torch.nn.Parameter(torch.tensor(np.array(data, np.float32)))


def _gru(*sizes, convention="torch", **options):
    """Torch's knows its own equations alone."""
    assert convention == "torch"
    return torch.nn.GRU(*sizes, **options)


def _array(data, *dtype):
    """Torch's tensors take torch's data."""
    return data.detach().clone() if isinstance(data, torch.Tensor) else np.array(data, *dtype)


def _tri(side, dtype):
    """Torch's layers take no masks of numpy's."""
    return torch.ones(side, side, dtype=torch.bool).tril()


TORCH = {
    "nn": SimpleNamespace(**{**vars(torch.nn), "Parameter": _parameter, "GRU": _gru}),
    "F": torch.nn.functional,
    "cat": torch.cat,
    "stack": torch.stack,
    "Tensor": lambda data: torch.tensor(np.array(data)),
    "tensor": torch.tensor,
    "zeros": torch.zeros,
    "np": SimpleNamespace(**{**vars(np), "tri": _tri, "array": _array}),
    "WordModule": torch.nn.Module,
    "small": lambda module: None,  # only draws other numbers
    "started": lambda cell, settings: cell,  # the same
}
SETTINGS = {"gru": {"convention": "torch"}}
# What the loss gives the module of an example: a translator reads the signs before each.
READS = dict.fromkeys(("seq2seq", "transformer"), lambda words, signs: (words, signs[:, :-1]))


def in_torch(home, **more):
    """What a plugin's file defines where nn is torch's."""
    given = {**TORCH, **more}
    tree = ast.parse(inspect.getsource(home))
    tree.body = [
        part
        for part in tree.body
        if not isinstance(part, ast.Import | ast.ImportFrom) and getattr(part, "name", None) not in given
    ]
    names = {**vars(home), **given}
    exec(compile(tree, home.__file__, "exec"), names)
    return names


def twin(model, settings):
    """The model as torch builds it."""
    more = {"Translator": in_torch(translation)["Translator"]} if model.name == "transformer" else {}
    return in_torch(sys.modules[type(model).__module__], **more)[type(model).__name__]().build(settings)


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
@pytest.mark.parametrize("name", sorted({*Catalogue().sources} - NUMBERS_ALONE))
def test_weights_go_to_torch_and_back(name, tmp_path):
    model = Catalogue().load(name)
    settings = model.settings.replaced(SETTINGS.get(name, {}))
    torch.manual_seed(0)
    theirs, file = twin(model, settings).eval(), tmp_path / "weights.safetensors"
    ours = built(model, settings, 3)
    save_weights(ours, file)
    left = theirs.load_state_dict(load_file(file), strict=False)
    assert not left.unexpected_keys
    assert {*left.missing_keys} <= {"_extra_state"}  # what else a run keeps is not among its weights
    agree(model, settings, ours, theirs)
    held = {**dict(theirs.named_parameters()), **dict(theirs.named_buffers())}
    for array in held.values():
        if array.dtype == torch.float32:
            torch.nn.init.uniform_(array, 0.01, 0.3)
    save_file({key: array.detach().contiguous() for key, array in held.items()}, file)
    load_weights(ours, file)
    agree(model, settings, ours, theirs)


def agree(model, settings, ours, theirs):
    run, arrays = forward(model, settings, ours)
    with evaluating(ours), recording():
        done = run(arrays)
    with torch.no_grad():
        given = [torch.tensor(np.array(node.value)) for node in done.inputs.values()]
        found = theirs(*READS.get(model.name, lambda *x: x)(*given))
    answers = found if isinstance(found, tuple) else (found,)
    for answer, node in zip(answers, done.outputs.values(), strict=True):
        np.testing.assert_allclose(node.value, answer.detach().numpy(), rtol=2e-5, atol=2e-5)
