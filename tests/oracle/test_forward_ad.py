"""torch.autograd.forward_ad, and gradcheck of what is differentiable once, against PyTorch."""

import pytest
import torch
import torch.autograd.forward_ad as theirs

import tinygrad_fr as tg
from tests.oracle.lines import _same, _seen, comparisons, table
from tinygrad_fr.lessons.companions import forward_ad as ours

PROGRAMS = table("""
one input | \\nwith A.dual_level():\\n d=A.make_dual(x,v); R=[A.unpack_dual(y).tangent for y in (d.sin()*d.sum(),d.relu(),d[1:],d@w,d.softmax(0),d)]
two inputs | \\nwith A.dual_level():\\n d,e=A.make_dual(x,v),A.make_dual(w,x); R=A.unpack_dual((d*e).sum()).tangent,A.unpack_dual(d/e).tangent
not a dual | \\nwith A.dual_level():\\n A.make_dual(x,v); R=A.unpack_dual(x).tangent,A.unpack_dual(x*2).tangent,A.unpack_dual(x).primal
a module's weights | m=T.nn.Linear(3,2); q={n:p for n,p in m.named_parameters()}; g={n:T.rand_like(p) for n,p in q.items()}\\nwith A.dual_level():\\n for n,p in q.items(): delattr(m,n); setattr(m,n,A.make_dual(p,g[n]))\\n R=A.unpack_dual(m(x)).tangent.detach(),A.unpack_dual(m(x)).primal.detach()
after the block | \\nwith A.dual_level(): y=A.make_dual(x,v)*2\\nR=A.unpack_dual(y).tangent
a tangent of another shape | \\nwith A.dual_level(): A.make_dual(x,v[:2])
outside a block | A.make_dual(x,v)
block in a block | \\nwith A.dual_level():\\n with A.dual_level(): pass
""")  # fmt: skip


def found(package, module, program):
    package.manual_seed(0)
    x, v, w = (package.tensor(numbers) for numbers in ([0.5, -1.0, 2.0], [1.0, 2.0, -1.0], [3.0, 1.0, 0.5]))
    space = {"T": package, "A": module, "x": x, "v": v, "w": w}
    try:
        exec(program.lstrip(), space)
    except Exception as error:
        return error
    return _seen(package, space["R"])


@pytest.mark.filterwarnings("ignore")  # torch warns of its own internals
@pytest.mark.parametrize("name", PROGRAMS)
def test_tangents(name):
    expected, mine = found(torch, theirs, PROGRAMS[name]), found(tg, ours, PROGRAMS[name])
    if isinstance(expected, Exception):
        assert isinstance(mine, RuntimeError)
    else:
        assert not isinstance(mine, Exception), mine
        assert len(expected) == len(mine)
        assert all(map(_same, expected, mine)), (expected, mine)


ONCE = """
from functools import partial
A=T.autograd; once=A.function.once_differentiable if T.__name__=='torch' else A.once_differentiable
class S(A.Function):
 @staticmethod
 def forward(c,x): c.save_for_backward(x); return x**2
 @staticmethod
 @once
 def backward(c,g): x,=c.saved_tensors; return 2*x*g
x=T.tensor([1.,-2.],dtype=T.float64,requires_grad=True)
"""
CHECKED = table("""
checked | R=A.gradcheck(S.apply,(x,))
gone through | g,=A.grad(S.apply(x).sum(),x,create_graph=True); g.sum().backward()
""")

test_program, test_named = comparisons({n: ONCE + p for n, p in CHECKED.items()}, set(), set(), set())
