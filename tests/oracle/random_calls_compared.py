"""Random calls over the whole vocabulary, run by both engines: strange shapes, dtypes, values and arguments, in chains, with gradients.

python tests/oracle/random_calls_compared.py 0 10000    # one line for each seed that differs
"""

import sys
import traceback

import numpy as np
import torch
from random_calls import template
from random_values import Gen, P, pick

import tinygrad_fr as tg
from tinygrad_fr.errors import TinygradError


def flat(v):
    if isinstance(v, (tuple, list)):
        return [y for q in v for y in flat(q)]
    return [v]


def arr(v):
    if isinstance(v, torch.Tensor):
        return np.zeros(tuple(v.shape)) if v._is_zerotensor() else v.detach().numpy()
    if isinstance(v, tg.Tensor):
        return np.asarray(v.current.value)
    return v


TOL = {"float16": (4e-3, 1e-3), "float32": (2e-5, 1e-6), "float64": (1e-9, 1e-11)}


def diff(a, b):
    if not isinstance(b, torch.Tensor):
        if isinstance(b, torch.dtype):
            return None if np.dtype(str(b)[6:]) == a else f"{a} vs {b}"
        return None if a == b or (a != a and b != b) else f"{a!r} vs {b!r}"
    if not isinstance(a, tg.Tensor):
        return f"{type(a)} for tensor"
    a, b = arr(a), arr(b)
    if a.dtype != b.dtype:
        return f"dtype {a.dtype} vs {b.dtype}"
    if a.shape != b.shape:
        return f"shape {a.shape} vs {b.shape}"
    if a.dtype.kind != "f":
        return None if np.array_equal(a, b) else f"{a.tolist()} vs {b.tolist()}"
    rt, at = TOL[a.dtype.name]
    if not np.allclose(a.astype(np.float64), b.astype(np.float64), rtol=rt, atol=at, equal_nan=True):
        return f"{a.tolist()} vs {b.tolist()}"
    z = (a == 0) & (b == 0)
    if (np.signbit(a) != np.signbit(b))[z].any():
        return f"sign of zero {a.tolist()} vs {b.tolist()}"
    return None


KINDS = (TypeError, ValueError, IndexError, NotImplementedError, OverflowError, RuntimeError)


def at_our_value(run, x):
    """What torch makes of our operand: where it agrees there, rounding before is all that differs."""
    ours = torch.tensor(arr(x.o))
    theirs, x.t = x.t, ours
    try:
        return run(torch, 1)
    except Exception:
        return None
    finally:
        x.t = theirs


def agree(mine, theirs):
    a, b = flat(mine), flat(theirs)
    return len(a) == len(b) and all(diff(p, q) is None for p, q in zip(a, b, strict=True))


def one(seed, depth):
    g = Gen(seed)
    o, t, leaf = g.tensor()
    x = P(o, t)
    said = []
    coarsest = 1e-7 if "float64" in str(t.dtype) else 1e-3
    for _step in range(depth):
        run, text = template(g, x)
        said.append(text)
        res = []
        for side, m in ((0, tg), (1, torch)):
            try:
                res.append(run(m, side))
            except Exception as e:
                res.append(e)
        a, b = res
        if isinstance(b, Exception):
            if not isinstance(a, Exception):
                return (
                    "answered",
                    text,
                    f"{arr(a) if not isinstance(a, tuple) else a!r} | {type(b).__name__}: {str(b)[:130]}",
                )
            if not isinstance(a, TinygradError):
                return "bare", text, f"{type(a).__name__}: {a} | {type(b).__name__}: {str(b)[:130]}"
            ok = [q for q in KINDS if isinstance(b, q)]
            if ok and not any(isinstance(a, q) for q in ok):
                return "class", text, f"{type(a).__name__}: {a} | {type(b).__name__}: {str(b)[:130]}"
            return None
        if isinstance(a, Exception):
            return ("refused" if isinstance(a, TinygradError) else "BARE"), text, f"{type(a).__name__}: {str(a)[:150]}"
        fa, fb = flat(a), flat(b)
        if len(fa) != len(fb):
            return "count", text, f"{len(fa)} {len(fb)}"
        for p, q in zip(fa, fb, strict=False):
            d = diff(p, q)
            if d:
                if said[1:] and agree(a, at_our_value(run, x)):
                    return None
                return "value", text, d[:400]
        cand = [(p, q) for p, q in zip(fa, fb, strict=False) if isinstance(q, torch.Tensor)]
        if not cand:
            return None
        p, q = g.r.choice(cand)
        if q.requires_grad != p.requires_grad:
            return "requires_grad", text, f"{p.requires_grad} vs {q.requires_grad}"
        x = P(p, q)
        if q.dtype in (torch.float32, torch.float16):
            coarsest = 1e-3
    if leaf[1].requires_grad and x.t.requires_grad and x.t.numel():
        # scalars may have no grad path to leaf
        w = g.n.normal(size=x.t.shape)

        def grads(m, side):
            y = pick(x, side, m)
            lf = leaf[side]
            wt = m.tensor(w.astype(str(x.t.dtype)[6:]))
            first = m.autograd.grad((y * wt).sum(), lf, create_graph=True, allow_unused=True)[0]
            second = None
            if first is not None and first.requires_grad:
                second = m.autograd.grad((first * first).sum(), lf, allow_unused=True)[0]
            return first, second

        res = []
        for side, m in ((0, tg), (1, torch)):
            try:
                res.append(grads(m, side))
            except Exception as e:
                res.append(e)
        a, b = res
        text = " ; ".join(said)
        if isinstance(b, Exception):
            return None if isinstance(a, Exception) else ("grad answered", text, str(b)[:150])
        if isinstance(a, Exception):
            return (
                ("grad refused" if isinstance(a, TinygradError) else "GRAD BARE"),
                text,
                f"{type(a).__name__} {str(a)[:200]}",
            )
        for nm, p, q in zip(("first", "second"), a, b, strict=False):
            if p is None and q is None:
                continue
            pa = np.zeros(leaf[1].shape) if p is None else arr(p)
            qa = np.zeros(leaf[1].shape) if q is None else arr(q)
            if pa.shape != qa.shape:
                return "grad shape", text, f"{pa.shape} {qa.shape}"
            if not np.allclose(pa.astype(float), qa.astype(float), rtol=coarsest, atol=coarsest * 1e-1, equal_nan=True):
                return f"grad {nm}", text, f"{pa.tolist()} vs {qa.tolist()}"[:400]
    return None


if __name__ == "__main__":
    a, b = int(sys.argv[1]), int(sys.argv[2])
    import collections

    c = collections.Counter()
    for seed in range(a, b):
        try:
            v = one(seed, 1 + seed % 4)
        except Exception:
            v = ("ACCIDENT", "", traceback.format_exc()[-300:])
        if v:
            c[v[0]] += 1
            print(seed, "|", v[0], "|", v[1], "|", str(v[2]).replace("\n", " "), flush=True)
    print(c)
