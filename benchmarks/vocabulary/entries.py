"""What is measured: each operation and module as the expression that a program writes, on operands that letters name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

SIDES = {"small": 8, "middle": 256, "large": 1024}
CHANNELS = {"small": (2, 3, 8), "middle": (8, 16, 32), "large": (32, 32, 64)}  # images: how many, channels, side
STEPS = {"small": (4, 5, 8), "middle": (16, 64, 64), "large": (32, 128, 128)}  # sequences: how many, steps, features


@dataclass(frozen=True)
class Entry:
    """One operation or module.

    Attributes:
        name: what it is called.
        text: an expression of ``t`` (the package), ``F``, ``nn`` and the letters of :data:`OPERANDS`.
        family: what it is listed under.
        module: an expression that makes a module, which is ``m`` in the text; both libraries give it the same weights.
        sizes: at which it is measured.
        view: whether it gives a view, whose cost is judged in microseconds and not as a ratio.
        drawn: whether it draws numbers, so that values are not compared.
    """

    name: str
    text: str
    family: str
    module: str = ""
    sizes: tuple[str, ...] = ("small", "middle", "large")
    view: bool = False
    drawn: bool = False


def _normal(*shape: int, seed: int) -> Any:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def _uniform(*shape: int, seed: int) -> Any:
    return np.random.default_rng(seed).uniform(0.05, 0.95, shape).astype(np.float32)


def _integers(high: int, *shape: int) -> Any:
    return np.random.default_rng(7).integers(0, high, shape)


# Letter → how its array is drawn at a size, and whether it requires a gradient.
OPERANDS: dict[str, tuple[Callable[[str], Any], bool]] = {
    "x": (lambda s: _normal(SIDES[s], SIDES[s], seed=1), True),
    "y": (lambda s: _normal(SIDES[s], SIDES[s], seed=2), True),
    "z": (lambda s: _normal(SIDES[s], SIDES[s], seed=3), False),
    "p": (lambda s: _uniform(SIDES[s], SIDES[s], seed=4), True),
    "q": (lambda s: _uniform(SIDES[s], SIDES[s], seed=5), False),
    "v": (lambda s: _normal(SIDES[s], seed=6), True),
    "b": (lambda s: _normal(SIDES[s], SIDES[s], seed=8) > 0, False),
    "i": (lambda s: _integers(SIDES[s], SIDES[s]), False),
    "j": (lambda s: _integers(SIDES[s], SIDES[s], SIDES[s]), False),
    "im": (lambda s: _normal(*CHANNELS[s][:2], CHANNELS[s][2], CHANNELS[s][2], seed=9), True),
    "w": (lambda s: 0.2 * _normal(CHANNELS[s][1], CHANNELS[s][1], 3, 3, seed=10), True),
    "c": (lambda s: _normal(CHANNELS[s][1], seed=11), True),
    "s": (lambda s: _normal(*STEPS[s], seed=12), True),
    "h": (lambda s: _normal(STEPS[s][0], STEPS[s][2], seed=13), True),
    "A": (lambda s: _normal(SIDES[s], SIDES[s], seed=14) + 3 * np.eye(SIDES[s], dtype=np.float32), True),
}


def _entries(family: str, lines: str, **options: Any) -> list[Entry]:
    """One entry a line: its expression, after its name where that is not the word that the expression calls."""
    found = []
    for line in filter(None, map(str.strip, lines.splitlines())):
        name, _colon, text = line.rpartition(":: ")
        found.append(Entry(name or text.split("(")[0].split(".")[-1], text, family, **options))
    return found


_POINTWISE = """
add:: x + y
sub:: x - y
mul:: x * y
div:: x / p
number times:: 2.0 * x
number minus:: 1.0 - x
neg:: -x
square:: x**2
cube:: x**3
pow:: p**2.5
t.abs(x)
t.exp(x)
t.log(p)
t.log1p(p)
t.expm1(x)
t.sqrt(p)
t.rsqrt(p)
t.reciprocal(p)
t.sin(x)
t.cos(x)
t.tan(p)
t.atan(x)
t.sinh(x)
t.cosh(x)
t.erf(x)
t.sigmoid(x)
t.tanh(x)
t.relu(x)
F.leaky_relu(x)
F.elu(x)
F.selu(x)
F.gelu(x)
F.silu(x)
F.mish(x)
F.softplus(x)
F.logsigmoid(x)
F.hardtanh(x)
F.hardswish(x)
F.hardsigmoid(x)
F.relu6(x)
F.tanhshrink(x)
F.softsign(x)
clamp:: t.clamp(x, -1.0, 1.0)
clamp_min:: t.clamp(x, min=0.0)
maximum:: t.maximum(x, y)
minimum:: t.minimum(x, y)
where:: t.where(b, x, y)
masked_fill:: x.masked_fill(b, 0.0)
lerp:: t.lerp(x, y, 0.3)
addcmul:: t.addcmul(x, y, z)
bias:: x + v
column:: x * v[:, None]
"""

_COMPARED = """
gt:: x > y
eq:: x == y
isnan:: t.isnan(x)
sign:: t.sign(x)
floor:: t.floor(x)
round:: t.round(x)
logical_not:: ~b
"""

_REDUCED = """
sum:: x.sum()
sum, dim:: x.sum(1)
sum, first dim:: x.sum(0)
mean:: x.mean()
mean, dim:: x.mean(1)
mean, keepdim:: x.mean(-1, keepdim=True)
var:: x.var()
var, dim:: x.var(1)
std:: x.std()
std, dim:: x.std(1)
max:: x.max()
max, dim:: x.max(1)[0]
min, dim:: x.min(1)[0]
amax:: x.amax(1)
prod, dim:: p.prod(1)
norm:: x.norm()
norm, dim:: x.norm(dim=1)
logsumexp:: t.logsumexp(x, 1)
cumsum:: x.cumsum(1)
median:: x.median()
"""

_FOUND = """
argmax:: x.argmax(1)
argmax, whole:: x.argmax()
argsort:: t.argsort(x, dim=1, stable=True)
any:: b.any()
"""

_ORDERED = """
sort:: x.sort(1)[0]
topk:: x.topk(3)[0]
"""

_SOFT = """
softmax:: x.softmax(1)
log_softmax:: F.log_softmax(x, 1)
F.layer_norm(x, (x.shape[-1],))
F.normalize(x)
F.dropout(x, 0.5, True)
"""

_JOINED = """
cat:: t.cat([x, y])
cat, last:: t.cat([x, y], 1)
stack:: t.stack([x, y])
outer:: t.outer(v, v)
gather:: x.gather(1, j)
index_select:: x.index_select(0, i)
x[i]:: x[i]
x[i, i]:: x[i, i]
embedding:: F.embedding(i, x)
tril:: t.tril(x)
flip:: t.flip(x, (0,))
roll:: t.roll(x, 1, 0)
repeat:: x.repeat(2, 1)
contiguous:: x.t().contiguous()
clone:: x.clone()
pad:: F.pad(x, (1, 1))
"""

_VIEWS = """
reshape:: x.reshape(-1)
view:: x.view(-1)
flatten:: x.flatten()
transpose:: x.transpose(0, 1)
T:: x.T
permute:: x.permute(1, 0)
unsqueeze:: x.unsqueeze(0)
squeeze:: x.squeeze()
expand:: v.expand(4, -1)
x[0]:: x[0]
x[:, 1]:: x[:, 1]
x[1:4]:: x[1:4]
x[None]:: x[None]
split:: x.split(4)[0]
chunk:: x.chunk(2)[0]
unbind:: x.unbind()[0]
detach:: x.detach()
"""

_PRODUCTS = """
matmul:: x @ y
matrix times vector:: x @ v
dot:: v @ v
mm, transposed:: x @ y.T
linear:: F.linear(x, y, v)
addmm:: t.addmm(v, x, y)
bmm:: s @ s.transpose(1, 2)
einsum:: t.einsum('ij,kj->ik', x, y)
"""

_LOSSES = """
mse_loss:: F.mse_loss(x, z)
l1_loss:: F.l1_loss(x, z)
smooth_l1_loss:: F.smooth_l1_loss(x, z)
huber_loss:: F.huber_loss(x, z)
cross_entropy:: F.cross_entropy(x, i)
nll_loss:: F.nll_loss(x, i)
bce_with_logits:: F.binary_cross_entropy_with_logits(x, q)
bce:: F.binary_cross_entropy(p, q)
kl_div:: F.kl_div(x, q, reduction='batchmean')
cosine_similarity:: F.cosine_similarity(x, y)
"""

_IMAGES = """
conv2d:: F.conv2d(im, w, c, padding=1)
max_pool2d:: F.max_pool2d(im, 2)
avg_pool2d:: F.avg_pool2d(im, 2)
adaptive_avg_pool2d:: F.adaptive_avg_pool2d(im, 1)
F.interpolate(im, scale_factor=2.0)
"""

_SEQUENCES = """
scaled_dot_product_attention:: F.scaled_dot_product_attention(s, s, s)
"""

_N, _CH, _ST = "SIDES[size]", "CHANNELS[size][1]", "STEPS[size][2]"
_FEW = ("small", "middle")
_MODULES = [
    Entry(name, text, "modules", f"nn.{name}({arguments})", sizes, drawn=name == "Dropout")
    for name, arguments, text, sizes in (
        ("Linear", f"{_N}, {_N}", "m(x)", tuple(SIDES)),
        ("LayerNorm", _N, "m(x)", tuple(SIDES)),
        ("BatchNorm1d", _N, "m(x)", tuple(SIDES)),
        ("ReLU", "", "m(x)", tuple(SIDES)),
        ("Dropout", "", "m(x)", tuple(SIDES)),
        ("Embedding", f"{_N}, {_N}", "m(i)", tuple(SIDES)),
        ("Conv2d", f"{_CH}, {_CH}, 3, padding=1", "m(im)", tuple(SIDES)),
        ("BatchNorm2d", _CH, "m(im)", tuple(SIDES)),
        ("MaxPool2d", "2", "m(im)", tuple(SIDES)),
        ("Flatten", "", "m(im)", tuple(SIDES)),
        ("CrossEntropyLoss", "", "m(x, i)", tuple(SIDES)),
        ("RNNCell", f"{_ST}, {_ST}", "m(h)", _FEW),
        ("LSTMCell", f"{_ST}, {_ST}", "m(h)[0]", _FEW),
        ("GRUCell", f"{_ST}, {_ST}", "m(h)", _FEW),
        ("RNN", f"{_ST}, {_ST}, batch_first=True", "m(s)[0]", _FEW),
        ("LSTM", f"{_ST}, {_ST}, batch_first=True", "m(s)[0]", _FEW),
        ("GRU", f"{_ST}, {_ST}, batch_first=True", "m(s)[0]", _FEW),
        ("MultiheadAttention", f"{_ST}, 4, batch_first=True", "m(s, s, s, need_weights=False)[0]", _FEW),
        ("TransformerEncoderLayer", f"{_ST}, 4, 64, dropout=0.0, batch_first=True", "m(s)", _FEW),
    )
]

ENTRIES = [
    *_entries("element-wise", _POINTWISE),
    *_entries("without gradient", _COMPARED + _FOUND),
    *_entries("reductions", _REDUCED),
    *_entries("reductions", _ORDERED, sizes=("small", "middle")),
    *(
        Entry(each.name, each.text, each.family, drawn=each.name == "dropout")
        for each in _entries("normalisations", _SOFT)
    ),
    *_entries("joining and choosing", _JOINED),
    *_entries("views", _VIEWS, sizes=("small",), view=True),
    *_entries("products", _PRODUCTS),
    *_entries("losses", _LOSSES),
    *_entries("images and sequences", _IMAGES + _SEQUENCES),
    *_MODULES,
]
