"""Hooks on what backward reads, against PyTorch: what is packed and unpacked unchanged changes no gradient."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg
from tests.oracle.lines import comparisons, table

OPERATIONS = {
    "mul": lambda tp, x, w: x * w,
    "div": lambda tp, x, w: x / w,
    "pow": lambda tp, x, w: x.abs() ** w,
    "square": lambda tp, x, w: x**2,
    "matmul": lambda tp, x, w: x @ w.T,
    "exp": lambda tp, x, w: x.exp(),
    "tanh": lambda tp, x, w: x.tanh() * w.sigmoid() + x.relu(),
    "linear": lambda tp, x, w: tp.nn.functional.linear(x, w, w.sum(1)),
    "softmax": lambda tp, x, w: x.softmax(1),
    "log_softmax": lambda tp, x, w: x.log_softmax(1),
    "cross entropy": lambda tp, x, w: tp.nn.functional.cross_entropy(x, tp.tensor([0, 1, 2])),
    "squares": lambda tp, x, w: tp.nn.functional.mse_loss(x, w),
    "layer norm": lambda tp, x, w: tp.nn.functional.layer_norm(x, (4,), w[0], w[1]),
    "batch norm": lambda tp, x, w: tp.nn.functional.batch_norm(x, None, None, training=True),
    "convolution": lambda tp, x, w: tp.nn.functional.conv1d(x[None], w[:, :3, None]),
    "clamp": lambda tp, x, w: x.clamp(0, 1),
    "maximum": lambda tp, x, w: x.max(1)[0],
    "where": lambda tp, x, w: tp.where(x > 0, x, w),
    "gelu": lambda tp, x, w: tp.nn.functional.gelu(x),
    "norm": lambda tp, x, w: x.norm(),
    "var": lambda tp, x, w: x.var(),
    "prod": lambda tp, x, w: x.prod(),
    "cumprod": lambda tp, x, w: x.cumprod(1),
    "logsumexp": lambda tp, x, w: x.logsumexp(1),
    "inverse": lambda tp, x, w: tp.linalg.inv(x[:, :3]),
    "det": lambda tp, x, w: tp.linalg.det(x[:, :3] * 1),
    "dropout": lambda tp, x, w: tp.nn.functional.dropout(x, 0.5),
    "einsum": lambda tp, x, w: tp.einsum("ij,kj->ik", x, w),
    "similarity": lambda tp, x, w: tp.nn.functional.cosine_similarity(x, w),
    "embedding": lambda tp, x, w: tp.nn.functional.embedding(tp.tensor([0, 1]), x),
    "in place": lambda tp, x, w: (x * w).mul_(w).exp_(),
}
PACKED = {
    "as it is": (lambda tp, a: a, lambda tp, a: a),
    "copied": (lambda tp, a: a.clone(), lambda tp, a: a),
    "listed": (lambda tp, a: (a.tolist(), a.dtype), lambda tp, a: tp.tensor(a[0], dtype=a[1])),
}


def gradients(package, operation, packing, later):
    """Of two orders, where the operands may have been changed since."""
    package.manual_seed(0)
    x, w = package.randn(3, 4).requires_grad_(), package.randn(3, 4).requires_grad_()
    pack, unpack = packing
    with package.autograd.graph.saved_tensors_hooks(lambda a: pack(package, a), lambda a: unpack(package, a)):
        y = operation(package, x, w)
    if later:
        with package.no_grad():
            x.mul_(2)
    package.manual_seed(1)
    first = package.autograd.grad((y * package.randn(y.shape)).sum(), [x, w], allow_unused=True, create_graph=not later)
    lengths = [(g**2).sum() for g in first if g is not None and g.requires_grad]
    second = package.autograd.grad(sum(lengths), [x, w], allow_unused=True) if lengths else ()
    return [None if g is None else g.detach().numpy() for g in (*first, *second)]


@pytest.mark.parametrize("later", [False, True], ids=["", "changed"])
@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("name", OPERATIONS)
def test_gradients_are_pytorchs(name, packed, later):
    if later and packed == "as it is":  # what PyTorch gives then is the gradient of other numbers
        pytest.skip("a value that is packed as it is is the changed one")
    theirs, ours = (gradients(package, OPERATIONS[name], PACKED[packed], later) for package in (torch, tg))
    for one, other in zip(theirs, ours, strict=True):
        if one is None or other is None:
            assert [bool(np.any(one)), bool(np.any(other))] == [False, False]
        else:
            np.testing.assert_allclose(other, one, 1e-4, 2e-5)


@pytest.mark.parametrize("later", [False, True], ids=["rounded", "changed"])
def test_other_numbers_than_were_packed_are_refused(later):
    x = tg.tensor([1.25, 2.0], requires_grad=True)
    pack = (lambda a: a) if later else (lambda a: a.round())
    with tg.autograd.graph.saved_tensors_hooks(pack, lambda a: a):
        y = (x * x).sum()
    if later:
        with tg.no_grad():
            x.mul_(2)
    with pytest.raises(tg.errors.GradientError, match="unpack_hook"):
        y.backward()
    assert x.grad is None


BEGIN = """
G = T.autograd.graph
x = t([1.,2.,3.], requires_grad=True)
L = []
def pack(a): L.append(a.tolist()); return a.tolist()
def unpack(a): L.append('u'); return T.tensor(a)
"""

PROGRAMS = table(r"""
calls of both hooks | \nwith G.saved_tensors_hooks(pack,unpack): y=(x*x).sum()\ny.backward(); R=str(L),x.grad
constants are not packed | \nwith G.saved_tensors_hooks(pack,unpack): y=(x*2+1).sum()\ny.backward(); R=str(L),x.grad
the innermost hooks | \nwith G.saved_tensors_hooks(lambda a:(L.append(1),a)[1],lambda a:a):\n with G.saved_tensors_hooks(lambda a:(L.append(2),a)[1],lambda a:a): y=x*x\n y=y*y\ny.sum().backward(); R=str(L),x.grad
nothing outside | \nwith G.saved_tensors_hooks(pack,unpack): pass\n(x*x).sum().backward(); R=str(L),x.grad
not under no_grad | \nwith G.saved_tensors_hooks(pack,unpack), T.no_grad(): y=x*x\nR=str(L),y
a step in place | \nwith G.saved_tensors_hooks(pack,unpack): y=x*1.5; z=y*y; y.mul_(x); y+=1; y[0]=x[1]*x[2]; r=(z*y).sum()\nr.backward(); R=x.grad
on the CPU | m=nn.Sequential(nn.Linear(3,4),nn.ReLU(),nn.LSTM(4,2)); y=x[None]\nwith G.save_on_cpu(pin_memory=False): l=m(y)[0].pow(2).sum()\nl.backward(); R=x.grad,[q.grad for q in m.parameters()]
then no tensor | \nwith G.saved_tensors_hooks(lambda a:a,lambda a:5): y=(x*x).sum()\ny.backward()
packed in place | \nwith G.saved_tensors_hooks(lambda a:a.mul_(2),lambda a:a): y=(x*x).sum()\ny.backward()
forbidden | \nwith G.disable_saved_tensors_hooks('not here'):\n with G.save_on_cpu(): pass
a function of one's own | \nclass Q(T.autograd.Function):\n @staticmethod\n def forward(c,x,k): y=x*x; c.save_for_backward(x,y,None); c.k=k; return y,x*k\n @staticmethod\n def backward(c,g,h): x,y,z=c.saved_tensors; return g*2*y/x+h*c.k+(z is not None),None\nwith G.saved_tensors_hooks(pack,unpack): y,z=Q.apply(x,2)\ng,=T.autograd.grad((y+z).sum(),x,create_graph=True); h,=T.autograd.grad(g.sum(),x); R=g,h,str(L)
a function of one's own reads what is unpacked | \nclass Q(T.autograd.Function):\n @staticmethod\n def forward(c,x): c.save_for_backward(x); return x**3\n @staticmethod\n def backward(c,g): x,=c.saved_tensors; return g*3*x*x\nwith G.saved_tensors_hooks(lambda a:a.round(),lambda a:a+1): y=Q.apply(x*1.3)\ng,=T.autograd.grad(y.sum(),x,create_graph=True); h,=T.autograd.grad(g.sum(),x); R=g,h
a function of one's own, changed since | \nclass Q(T.autograd.Function):\n @staticmethod\n def forward(c,x): c.save_for_backward(x); return x**3\n @staticmethod\n def backward(c,g): x,=c.saved_tensors; return g*3*x*x\nwith G.saved_tensors_hooks(lambda a:a.clone(),lambda a:a): y=Q.apply(x)\nwith T.no_grad(): x.mul_(2)\ny.sum().backward(); R=x.grad
a step of training | m=nn.Linear(3,2); o=T.optim.Adam(m.parameters(),.1)\nfor _ in range(3):\n o.zero_grad()\n with G.saved_tensors_hooks(lambda a:a.numpy().copy(),T.from_numpy): l=F.cross_entropy(m(T.ones(4,3)).relu(),t([0,1,1,0]))\n l.backward(); o.step(); L.append(l.item())\nR=L,list(m.parameters())
steps that are compiled | m=nn.Linear(3,2)\ndef s(x):\n with G.saved_tensors_hooks(pack,unpack): l=(m(x).exp()).sum()\n l.backward(); return l\ns=compiled(s); R=s(T.ones(2,3)),s(T.ones(2,3)*2),[q.grad for q in m.parameters()]
""")

test_program, test_named = comparisons({name: BEGIN + text for name, text in PROGRAMS.items()}, set(), set(), set())
