"""Calls at the edges of what functions take: PyTorch's answer in number, dtype and shape, or a refusal where PyTorch refuses."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg
from tests.oracle.lines import table

CALLS = table("""
mT of a number | t.ones(()).mT
mT of a vector | t.ones(2).mT
mT of matrices | t.ones(2, 3, 4).mT
mH of a number | t.ones(()).mH
mH of a vector | t.ones(2).mH
H of a number | t.ones(()).H
H of a vector | t.ones(2).H
H of matrices | t.ones(2, 3, 4).H
adjoint of a number | t.adjoint(t.ones(()))
adjoint of a vector | t.ones(2).adjoint()
adjoint of a matrix | t.arange(6.0).reshape(2, 3).adjoint()
tensor_split 0 | t.ones(10).tensor_split(0)
tensor_split -1 | t.ones(10).tensor_split(-1)
tensor_split a tensor | t.arange(10).tensor_split(t.tensor(3))
tensor_split a tensor of -1 | t.ones(10).tensor_split(t.tensor(-1))
tensor_split a tensor of floats | t.ones(3).tensor_split(t.tensor(1.5))
tensor_split places | t.arange(10).tensor_split(t.tensor([1, -2]))
flip nothing said | t.ones(3).flip()
flip no dimension | t.arange(3).flip(())
flip twice | t.ones(2, 2).flip(0, 0)
fliplr of a number | t.ones(()).fliplr()
fliplr of a vector | t.ones(2).fliplr()
fliplr | t.arange(4).reshape(2, 2).fliplr()
flipud of a number | t.ones(()).flipud()
pad_sequence a number | t.nn.utils.rnn.pad_sequence(5)
pad_sequence nothing | t.nn.utils.rnn.pad_sequence([])
pad_sequence rows | t.nn.utils.rnn.pad_sequence(t.arange(6.0).reshape(2, 3))
pad_sequence a generator | t.nn.utils.rnn.pad_sequence(tuple(t.ones(i) for i in (1, 2)), True)
padding row of a bag | F.embedding_bag(t.tensor([[1, 0]]), t.ones(4, 3), padding_idx=7)
padding row of a bag below | F.embedding_bag(t.tensor([[1, 0]]), t.ones(4, 3), padding_idx=-5)
padding row from the end | F.embedding_bag(t.tensor([[1, 3]]), t.arange(12.0).reshape(4, 3), padding_idx=-1)
padding row of EmbeddingBag | t.nn.EmbeddingBag(4, 3, padding_idx=-1).padding_idx
weights of a bag | F.embedding_bag(t.tensor([[1, 0]]), t.ones(4, 3), mode="sum", per_sample_weights=t.ones(1, 2))
weights of a bag, flat | F.embedding_bag(t.tensor([[1, 0]]), t.ones(4, 3), mode="sum", per_sample_weights=t.ones(2))
gain of True | t.nn.init.calculate_gain("leaky_relu", True)
gain of 1 | t.nn.init.calculate_gain("leaky_relu", 1)
glu of nothing | F.glu(t.ones(0, 1, 2, 0), 0)
glu of nothing, halves | F.glu(t.ones(0, 1, 2, 0), 2)
glu odd | F.glu(t.ones(3), 0)
multinomial of no rows | t.multinomial(t.ones(0, 3), 2, replacement=True)
multinomial of no rows once | t.multinomial(t.ones(0, 3), 2)
reversed | reversed(t.arange(4).reshape(2, 2))
reversed number | reversed(t.tensor(3))
a row in | t.arange(3) in t.arange(6).reshape(2, 3)
no row in | t.arange(7, 10) in t.arange(6).reshape(2, 3)
a number in | 2.0 in t.arange(3)
no number in | 5 in t.arange(3)
text in | "a" in t.arange(3)
None in | None in t.arange(3)
new | t.ones(3).new()
new of a size | t.ones(3).new(2).shape
gradient at places | t.gradient(t.arange(4.0) ** 2, spacing=[t.tensor([0.0, 1.0, 3.0, 4.0], dtype=t.float64)])[0]
gradient at places of single | t.gradient(t.arange(4.0) ** 2, spacing=[t.tensor([0.0, 1.0, 3.0, 4.0])])[0]
gradient of doubles | t.gradient(t.arange(4.0, dtype=t.float64) ** 2, spacing=[t.tensor([0.0, 1.0, 3.0, 4.0])])[0]
grad of no inputs | t.autograd.grad(t.ones(1, requires_grad=True) * 2, [])
""")


def seen(found):
    if isinstance(found, tuple | list):
        return [seen(each) for each in found]
    if hasattr(found, "dtype"):
        return str(found.dtype), tuple(found.shape), np.asarray(found.detach()).round(5).tolist()
    return found


def outcome(package, program):
    try:
        return seen(eval(program, {"t": package, "F": package.nn.functional}))
    except (RuntimeError, TypeError, ValueError, IndexError) as error:
        said = package is torch or isinstance(error, tg.errors.TinygradError)  # in one sentence of ours
        return "refused" if said else repr(error)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CALLS)
def test_call(name):
    assert outcome(tg, CALLS[name]) == outcome(torch, CALLS[name])


class Doubled(torch.nn.Module):
    def forward(self, x):
        return x * 2

    def right_inverse(self, x):
        return x / 2


OursDoubled = type("OursDoubled", (tg.nn.Module,), {"forward": Doubled.forward, "right_inverse": Doubled.right_inverse})


@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("left", [True, False])
@pytest.mark.parametrize("of", ["parameter", "buffer"])
def test_what_is_learnt_in_the_place_of_a_tensor(times, left, of):
    found = []
    for package, kind in ((torch, Doubled), (tg, OursDoubled)):
        ways, module = package.nn.utils.parametrize, package.nn.Module()
        held = package.arange(1.0, 4.0)
        if of == "parameter":
            module.x = package.nn.Parameter(held)
        else:
            module.register_buffer("x", held)
        before, values = module.x, []
        for _time in range(times):
            ways.register_parametrization(module, "x", kind())
            values.append(module.x.tolist())
        same = [module.parametrizations.x.original is before]
        if of == "parameter":
            (module.x * package.arange(3.0)).sum().backward()
            values.append(before.grad.tolist())
        module.x = package.full((3,), 16.0)
        values += [module.x.tolist(), before.tolist()]
        ways.remove_parametrizations(module, "x", leave_parametrized=left)
        same.append(module.x is before)
        found.append((values, same, module.x.tolist(), sorted(module.state_dict())))
    assert found[1] == found[0]
