"""Random tensors, numbers, dtypes and indices for both engines, as a seed gives them; and how they are written down."""

import random
import warnings

import numpy as np
import torch

import tinygrad_fr as tg

warnings.simplefilter("ignore")
np.seterr(all="ignore")
DT = ["float64", "float32", "int64", "int32", "int16", "int8", "uint8", "bool", "float16"]
WT = [6, 5, 4, 2, 1, 1, 2, 2, 1]
SPECIAL = [float("nan"), float("inf"), float("-inf"), -0.0, 0.0, 1e-310, 1.0, -1.0, 0.5, -0.5, 2.5, -2.5, 1e300, 1e-40]


class Gen:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.n = np.random.default_rng(seed)

    def shape(self):
        k = self.r.choice([0, 1, 1, 2, 2, 2, 3])
        return tuple(
            self.r.choice([0, 1, 1, 2, 2, 3, 3, 4]) if self.r.random() < 0.25 else self.r.choice([1, 2, 2, 3])
            for _ in range(k)
        )

    def array(self, shape, dt):
        if dt == "bool":
            return self.n.random(shape) < 0.5
        if dt.startswith("float"):
            a = self.n.integers(-4, 5, shape) / 2.0 if self.r.random() < 0.5 else self.n.normal(size=shape)
            a = np.asarray(a, dtype=np.float64)
            if self.r.random() < 0.3 and a.size:
                m = self.n.random(shape) < 0.4
                a = np.where(m, self.n.choice(SPECIAL, size=shape), a)
            return np.asarray(a, dtype=dt)
        ii = np.iinfo(dt)
        a = self.n.integers(-5, 6, shape)
        if self.r.random() < 0.2 and a.size:
            a = np.where(self.n.random(shape) < 0.3, self.n.choice([ii.max, ii.min, ii.max - 1, 0, -1], size=shape), a)
        return np.asarray(a).astype(dt)

    def tensor(self, shape=None, dt=None, grad=None):
        shape = self.shape() if shape is None else shape
        dt = dt or self.r.choices(DT, WT)[0]
        a = self.array(shape, dt)
        g = (self.r.random() < 0.5 if grad is None else grad) and dt in ("float64", "float32")
        t = torch.tensor(a, requires_grad=g)
        o = tg.tensor(a, dtype=a.dtype, requires_grad=g)
        leaf = (o, t)
        # non contiguous views
        for _ in range(self.r.choice([0, 0, 0, 1, 2])):
            c = self.r.choice(["T", "slice", "expand", "perm", "flipview", "unsq", "sel"])
            if c == "T" and t.dim() > 1:
                o, t = o.mT, t.mT
            elif c == "slice" and t.dim() and t.shape[0] > 1:
                sl = self.r.choice([slice(1, None), slice(None, None, 2), slice(0, -1)])
                o, t = o[sl], t[sl]
            elif c == "expand" and t.dim() and 1 in t.shape:
                sh = [3 if d == 1 else d for d in t.shape]
                o, t = o.expand(*sh), t.expand(*sh)
            elif c == "perm" and t.dim() > 1:
                p = list(range(t.dim()))
                self.r.shuffle(p)
                o, t = o.permute(*p), t.permute(*p)
            elif c == "unsq":
                d = self.r.randint(0, t.dim())
                o, t = o.unsqueeze(d), t.unsqueeze(d)
        return o, t, leaf

    def like(self, t):
        """broadcastable shape"""
        sh = list(t.shape)
        for i in range(len(sh)):
            if self.r.random() < 0.25:
                sh[i] = 1
        if self.r.random() < 0.2:
            sh = sh[1:]
        if self.r.random() < 0.1:
            sh = [2, *sh]
        if self.r.random() < 0.05 and sh:
            sh[-1] = sh[-1] + 1
        return tuple(sh)

    def dim(self, t, bad=0.06):
        n = max(t.dim(), 1)
        if self.r.random() < bad:
            return self.r.choice([n, -n - 1, n + 3])
        return self.r.randint(-n, n - 1)

    def dims(self, t):
        c = self.r.random()
        if c < 0.25:
            return None
        if c < 0.6:
            return self.dim(t)
        k = self.r.randint(0, max(t.dim(), 1))
        return tuple(self.dim(t, 0.03) for _ in range(k))

    def number(self):
        return self.r.choice(
            [
                0,
                1,
                -1,
                2,
                3,
                -2,
                7,
                True,
                False,
                0.5,
                -0.5,
                2.0,
                1.5,
                -0.0,
                float("nan"),
                float("inf"),
                float("-inf"),
                1e-8,
                255,
                300,
                -129,
                1e10,
            ]
        )


class P:
    """a pair"""

    def __init__(self, o, t):
        self.o, self.t = o, t


class D:
    def __init__(self, name):
        self.name = name


def pick(x, side, m):
    if isinstance(x, P):
        return x.o if side == 0 else x.t
    if isinstance(x, D):
        return getattr(m, x.name)
    if isinstance(x, (list, tuple)):
        return type(x)(pick(y, side, m) for y in x)
    return x


def show(x):
    if isinstance(x, P):
        t = x.t
        return f"T[{str(t.dtype)[6:]}{tuple(t.shape)}{'' if t.is_contiguous() else ' nc'} {t.detach().tolist() if t.numel() < 9 else '...'}]"
    if isinstance(x, D):
        return x.name
    if isinstance(x, (list, tuple)):
        return f"{type(x).__name__}({', '.join(map(show, x))})"
    return repr(x)


def mk(a):
    a = np.asarray(a)
    return tg.tensor(a, dtype=a.dtype), torch.tensor(a)


def g_pair(g, s, dt):
    return P(*g.tensor(tuple(s), dt)[:2])


def index(g, t):
    r = g.r
    parts = []
    dims = list(t.shape)
    k = r.randint(0, len(dims)) if dims else 0
    usedell = False
    i = 0
    while i < k:
        s = dims[i]
        c = r.choice("isssnlmTTbeB")
        if c == "i":
            parts.append(r.randint(-s, s - 1) if s and r.random() < 0.95 else s)
            i += 1
        elif c == "s":
            parts.append(
                slice(r.choice([None, 0, 1, -1, -2, 5]), r.choice([None, 1, 2, -1, 7, 0]), r.choice([None, 1, 2]))
            )
            i += 1
        elif c == "n":
            parts.append(None)
        elif c == "l":
            parts.append([r.randint(-s, s - 1) if s else 0 for _ in range(r.choice([1, 2, 2, 3]))])
            i += 1
        elif c == "T":
            sh = r.choice([(), (1,), (2,), (2,), (2, 1), (0,)])
            parts.append(
                P(
                    *mk(
                        g.n.integers(-s if s else 0, max(s, 1), sh).astype(
                            r.choice(["int64", "int64", "int32", "uint8"]) if True else 0
                        )
                    )
                )
            )
            i += 1
        elif c == "m":
            parts.append(P(*mk(g.n.random((s,)) < 0.5)))
            i += 1
        elif c == "B" and i + 1 < len(dims):
            parts.append(P(*mk(g.n.random((dims[i], dims[i + 1])) < 0.5)))
            i += 2
        elif c == "b":
            parts.append(r.choice([True, False]))
        elif c == "e" and not usedell:
            parts.append(Ellipsis)
            usedell = True
        else:
            i += 1
        if c == "e" and usedell:
            break
    if not parts:
        return r.choice([Ellipsis, None, (), slice(None), True])
    return parts[0] if len(parts) == 1 and r.random() < 0.7 else tuple(parts)
