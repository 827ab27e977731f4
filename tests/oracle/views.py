"""Random programs of views and in-place steps, run by both engines side by side."""

from __future__ import annotations

import warnings
from collections import Counter

import numpy as np
import torch

import tinygrad_fr as tg

ENGINES = {"ours": tg, "theirs": torch}
SHAPES = [(2, 3), (3, 2), (2, 2), (3,), (4,), (1, 3), (2, 1, 3), (2, 2, 2)]


# A step is chosen by a generator of numbers that looks at one engine's shapes, and then done by both.


def sliced(rng, x):
    return tuple(
        [slice(None), slice(1, None), slice(None, -1), slice(None, None, 2), int(rng.integers(side))][rng.integers(5)]
        for side in x.shape[: rng.integers(1, x.dim() + 1)]
    )


def side(rng, x):
    return int(rng.integers(x.dim()))


def order(rng, x):
    return tuple(int(i) for i in rng.permutation(x.dim()))


def factors(rng, x):
    n = x.numel()
    return [(n,), (1, n), (n, 1), (-1, 2) if n % 2 == 0 else (n,), (2, -1) if n % 2 == 0 else (-1,)][rng.integers(5)]


def given(drawn, do):
    """What a step does, with what was drawn for it."""
    return lambda *tensors: do(*tensors, drawn)


VIEWS = {
    "index": lambda r, x: given(sliced(r, x), lambda x, i: x[i]),
    "none": lambda r, x: lambda x: x[None],
    "ellipsis": lambda r, x: lambda x: x[..., :1],
    "T": lambda r, x: (lambda x: x.mT) if x.dim() > 1 else (lambda x: x.unsqueeze(0)),
    "transpose": lambda r, x: given((side(r, x), side(r, x)), lambda x, d: x.transpose(*d)),
    "permute": lambda r, x: given(order(r, x), lambda x, d: x.permute(*d)),
    "view": lambda r, x: given(factors(r, x), lambda x, s: x.view(*s)),
    "reshape": lambda r, x: given(factors(r, x), lambda x, s: x.reshape(*s)),
    "flatten": lambda r, x: lambda x: x.flatten(),
    "ravel": lambda r, x: lambda x: x.ravel(),
    "unsqueeze": lambda r, x: given(side(r, x), lambda x, d: x.unsqueeze(d)),
    "squeeze": lambda r, x: lambda x: x.squeeze(),
    "expand": lambda r, x: lambda x: x[..., :1].expand(*x.shape),
    "narrow": lambda r, x: given(side(r, x), lambda x, d: x.narrow(d, 0, max(x.shape[d] - 1, 1))),
    "select": lambda r, x: given(side(r, x), lambda x, d: x.select(d, -1)),
    "diagonal": lambda r, x: (lambda x: x.diagonal()) if x.dim() > 1 else (lambda x: x[1:]),
    "movedim": lambda r, x: lambda x: x.movedim(0, -1),
    "unfold": lambda r, x: given(side(r, x), lambda x, d: x.unfold(d, 1, 1)),
    "detach": lambda r, x: lambda x: x.detach(),
    "contiguous": lambda r, x: lambda x: x.contiguous(),
    "clone": lambda r, x: lambda x: x.clone(),
    "swapaxes": lambda r, x: lambda x: x.swapaxes(0, -1),
    "view_as": lambda r, x: lambda x: x.view_as(x),
}
SEVERAL = {
    "chunk": lambda r, x: given(side(r, x), lambda x, d: x.chunk(2, d)),
    "split": lambda r, x: given(side(r, x), lambda x, d: x.split(1, d)),
    "unbind": lambda r, x: given(side(r, x), lambda x, d: x.unbind(d)),
    "tensor_split": lambda r, x: given(side(r, x), lambda x, d: x.tensor_split(2, d)),
    "iteration": lambda r, x: lambda x: tuple(x),
}
IN_PLACE = {
    "add_": lambda r, x: lambda x, o: x.add_(o),
    "add_number": lambda r, x: lambda x, o: x.add_(0.5),
    "sub_": lambda r, x: lambda x, o: x.sub_(o),
    "mul_": lambda r, x: lambda x, o: x.mul_(o),
    "mul_number": lambda r, x: lambda x, o: x.mul_(1.5),
    "div_": lambda r, x: lambda x, o: x.div_(2.0),
    "div_tensor": lambda r, x: lambda x, o: x.div_(o * o + 1),
    "tanh_": lambda r, x: lambda x, o: x.tanh_(),
    "sigmoid_": lambda r, x: lambda x, o: x.sigmoid_(),
    "sin_": lambda r, x: lambda x, o: x.sin_(),
    "cos_": lambda r, x: lambda x, o: x.cos_(),
    "neg_": lambda r, x: lambda x, o: x.neg_(),
    "square_": lambda r, x: lambda x, o: x.square_(),
    "pow_": lambda r, x: lambda x, o: x.pow_(2),
    "relu_": lambda r, x: lambda x, o: x.relu_(),
    "clamp_": lambda r, x: lambda x, o: x.clamp_(-0.9, 0.9),
    "zero_": lambda r, x: lambda x, o: x.zero_(),
    "fill_": lambda r, x: lambda x, o: x.fill_(0.25),
    "copy_": lambda r, x: lambda x, o: x.copy_(o),
    "setitem": lambda r, x: given(sliced(r, x), lambda x, o, i: x.__setitem__(i, 0.75)),
    "setitem_tensor": lambda r, x: given(sliced(r, x), lambda x, o, i: x.__setitem__(i, o.mean())),
    "setitem_all": lambda r, x: lambda x, o: x.__setitem__(Ellipsis, o),
    "iadd": lambda r, x: lambda x, o: x.__iadd__(o),
    "imul": lambda r, x: lambda x, o: x.__imul__(o),
    "isub": lambda r, x: lambda x, o: x.__isub__(0.1),
    "masked_fill_": lambda r, x: lambda x, o: x.masked_fill_(x.detach() > 0.2, 0.3),
    "addcmul_": lambda r, x: lambda x, o: x.addcmul_(o, o, value=0.5),
    "index_fill_": lambda r, x: lambda x, o: x.index_fill_(0, index_of(x, 0), 0.4),
    "data_fill": lambda r, x: lambda x, o: x.data.fill_(0.6),
    "detach_add": lambda r, x: lambda x, o: x.detach().add_(0.2),
    "part_add": lambda r, x: given(sliced(r, x), lambda x, o, i: x[i].add_(0.3)),
    "part_iadd": lambda r, x: given(sliced(r, x), lambda x, o, i: augmented(x, i, 0.3)),
    "part_mul": lambda r, x: given(sliced(r, x), lambda x, o, i: augmented(x, i, 1.5, times=True)),
    "abs_": lambda r, x: lambda x, o: x.abs_(),
    "exp_": lambda r, x: lambda x, o: x.clamp_(-2, 1).exp_(),
    "lerp_": lambda r, x: lambda x, o: x.mul_(0.7).add_(o * 0.3),
    "requires_grad_": lambda r, x: lambda x, o: x.add_(0.0),
}
NEW = {
    "mul": lambda r, x: lambda x, o: x * o,
    "times_number": lambda r, x: lambda x, o: x * 0.5,
    "add": lambda r, x: lambda x, o: x + o,
    "sin": lambda r, x: lambda x, o: x.sin(),
    "tanh": lambda r, x: lambda x, o: x.tanh(),
    "exp": lambda r, x: lambda x, o: x.clamp(-2, 1).exp(),
    "square": lambda r, x: lambda x, o: x.square(),
    "sigmoid": lambda r, x: lambda x, o: x.sigmoid(),
    "div": lambda r, x: lambda x, o: x / (o * o + 1),
    "over": lambda r, x: lambda x, o: 1 / (x * x + 1),
    "softmax": lambda r, x: lambda x, o: x.softmax(-1),
    "sum": lambda r, x: lambda x, o: x.sum(0),
    "cumsum": lambda r, x: lambda x, o: x.cumsum(0),
    "mean": lambda r, x: lambda x, o: x.mean(),
    "matmul": lambda r, x: (lambda x, o: x @ x.mT) if x.dim() > 1 else (lambda x, o: x * 2),
    "max": lambda r, x: lambda x, o: x.amax(-1),
    "sort": lambda r, x: lambda x, o: x.sort(-1)[0],
}


def index_of(x, i):
    return torch.tensor([i]) if isinstance(x, torch.Tensor) else tg.tensor([i])


def augmented(x, i, number, *, times=False):
    if times:
        x[i] *= number
    else:
        x[i] += number


class Program:
    """A program of random steps on a few leaves."""

    def __init__(self, seed: int, steps: int = 8) -> None:
        self.rng = np.random.default_rng(seed)
        self.second = seed % 3 == 0
        self.said: list[str] = []
        self.pools: dict[str, list] = {name: [] for name in ENGINES}
        self.leaves: dict[str, list] = {name: [] for name in ENGINES}
        self.asked: list[bool] = []  # which leaves require a gradient from the start
        self.excused = False  # a write through .data, whose effect on saved values torch does not see
        for _ in range(2):
            self.leaf(bool(self.rng.random() < 0.75))
        self.steps = steps

    def leaf(self, needs: bool) -> None:
        shape = SHAPES[self.rng.integers(len(SHAPES))]
        array = self.rng.uniform(-1.5, 1.5, shape).round(3)
        self.asked.append(needs)
        for name, engine in ENGINES.items():
            leaf = engine.tensor(array.copy(), dtype=engine.float64, requires_grad=needs)
            self.leaves[name].append(leaf)
            self.pools[name].append(leaf)
            if needs and len(self.leaves[name]) == 1:
                self.pools[name].append(leaf * 1)
        self.said.append(f"leaf {shape} {needs}")

    def run(self) -> str:
        """What came of it: same, refused by both, or a difference, named."""
        for _ in range(self.steps):
            found = self.step()
            if found is not None:
                return found
        return self.compare()

    def step(self) -> str | None:
        rng, theirs = self.rng, self.pools["theirs"]
        at = (
            int(rng.integers(len(theirs)))
            if rng.random() < 0.4
            else len(theirs) - 1 - int(rng.integers(min(3, len(theirs))))
        )
        x = theirs[at]
        if x.dim() == 0 or x.numel() == 0:
            return None
        kind = ["view", "view", "several", "change", "change", "change", "new", "new"][rng.integers(8)]
        table = {"view": VIEWS, "several": SEVERAL, "change": IN_PLACE, "new": NEW}[kind]
        name = list(table)[rng.integers(len(table))]
        other = self.other(x, at)
        do = table[name](rng, x)
        with_grad = bool(rng.random() < 0.85)
        operands = kind in ("change", "new")
        results, errors = {}, {}
        for engine, module in ENGINES.items():
            pool = self.pools[engine]
            given = (pool[at], pool[other]) if operands else (pool[at],)
            try:
                with module.set_grad_enabled(with_grad):
                    results[engine] = do(*given)
            except RuntimeError as error:
                errors[engine] = error
        self.said.append(
            f"{kind} {name} of {at}" + (f" with {other}" if operands else "") + ("" if with_grad else " no_grad")
        )
        if name == "data_fill":
            self.excused = True
        if errors:
            if len(errors) == 1:
                side, error = next(iter(errors.items()))
                if side == "ours" and "share some elements" in str(error):
                    return "overlap"  # where torch computes, what it gives depends on the order in which it does
                if side == "ours" and self.excused:
                    return "excused"
                kind = "refused" if side == "ours" else "accepted"
                return f"{kind}: {name}: {str(error)[:200]}"
            return None
        if kind == "change":
            return None
        ours, given = results["ours"], results["theirs"]
        several = isinstance(given, tuple | list)
        for a, b in zip(ours if several else (ours,), given if several else (given,), strict=True):
            self.pools["ours"].append(a)
            self.pools["theirs"].append(b)
        return None

    def other(self, x, at):
        """The place of a tensor that broadcasts to x."""
        rng, pool = self.rng, self.pools["theirs"]
        for _ in range(8):
            i = int(rng.integers(len(pool)))
            if pool[i].numel():
                try:
                    if torch.broadcast_shapes(pool[i].shape, x.shape) == x.shape:
                        return i
                except RuntimeError:
                    continue
        return at

    def ends(self, name: str):
        engine = ENGINES[name]
        total = None
        for i, x in enumerate(self.pools[name]):
            share = (x * (0.3 + 0.1 * (i % 7))).sum()
            total = share if total is None else total + share
        return total if total.requires_grad else None, engine

    def gradients(self, name: str):
        total, engine = self.ends(name)
        wanted = [x for x, asked in zip(self.leaves[name], self.asked, strict=True) if asked]
        if total is None or not wanted:
            return [None] * 2 * len(wanted)
        first = engine.autograd.grad(total, wanted, create_graph=self.second, allow_unused=True)
        found = list(first)
        again = [g for g in first if g is not None and g.requires_grad] if self.second else []
        score = sum((g * g).sum() for g in again)
        found += list(engine.autograd.grad(score, wanted, allow_unused=True)) if again else [None] * len(wanted)
        return [None if g is None else np.asarray(g.detach().numpy()) for g in found]

    def compare(self) -> str:
        found, errors = {}, {}
        for name in ENGINES:
            try:
                found[name] = self.gradients(name)
            except RuntimeError as error:
                errors[name] = error
        for i, (a, b) in enumerate(zip(self.pools["ours"], self.pools["theirs"], strict=True)):
            if a.shape != tuple(b.shape) or not np.allclose(
                a.detach().numpy(), b.detach().numpy(), rtol=1e-9, atol=1e-9, equal_nan=True
            ):
                return f"wrong value of {i}"
        if len(errors) == 2:
            return "both refused"
        if "ours" in errors:
            return "excused" if self.excused else f"refused: backward: {str(errors['ours'])[:200]}"
        if "theirs" in errors:
            return f"accepted: backward: {str(errors['theirs'])[:100]}"
        for a, b in zip(found["ours"], found["theirs"], strict=True):
            a, b = (np.zeros(()) if g is None else g for g in (a, b))
            if not np.allclose(a, b, rtol=1e-7, atol=1e-9, equal_nan=True):
                return "excused" if self.excused else "wrong gradient"
        return "same"


def outcome(seed: int) -> tuple[str, list[str]]:
    """What came of one program, with the program."""
    program = Program(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with np.errstate(all="ignore"):
            return program.run(), program.said


def outcomes(seeds) -> tuple[Counter, dict[str, list[int]]]:
    """How often each outcome came, and the seeds of those that differ."""
    count: Counter = Counter()
    differ: dict[str, list[int]] = {}
    for seed in seeds:
        try:
            result, _said = outcome(seed)
        except Exception as error:
            result = f"accident: {type(error).__name__}: {str(error)[:150]}"
        kind = result.partition(":")[0]
        count[kind] += 1
        if kind not in ("same", "both refused", "excused", "overlap"):
            differ.setdefault(result, []).append(seed)
    return count, differ
