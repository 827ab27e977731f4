"""Indices that a person may write, for tensors of one to four dimensions: drawn for hypothesis, read by a loop."""

import itertools
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st


@dataclass(frozen=True)
class Held:
    """Numbers that stand in an index as a tensor, as numpy's array, or as a list, whichever is tried."""

    kind: str
    array: np.ndarray

    def __repr__(self):
        return f"{self.kind}({self.array.tolist()}, {self.array.dtype})"

    def given(self, tensor):
        """What to write, with the tensors of one library."""
        if self.kind == "tensor":
            return tensor(self.array)
        return self.array if self.kind == "array" else self.array.tolist()


def written(index, tensor):
    """An index with the tensors of one library."""
    return tuple(part.given(tensor) if isinstance(part, Held) else part for part in index)


@st.composite
def cases(draw, max_dims=4):
    """A shape, and an index that fits it."""
    shape = draw(st.lists(st.integers(0, 4), min_size=1, max_size=max_dims).map(tuple))
    chosen = draw(st.sampled_from([(), (1,), (2,), (3,), (2, 1), (1, 2), (2, 2), (0,)]))  # what the arrays broadcast to
    parts, left, masked = [], list(shape), False
    seen_ellipsis = False
    while left or draw(st.integers(0, 5)) == 5:
        kinds = ["stop", "none", "bool"]
        if left:
            kinds += ["slice"] * 4 + ["mask"] * 2 * (not masked)
            kinds += (["int"] * 3 + ["array"] * 4) if left[0] else []
        if not seen_ellipsis and draw(st.integers(0, 7)) == 7:
            seen_ellipsis = True
            parts.append(Ellipsis)
            left = left[draw(st.integers(0, len(left))) :]
            continue
        kind = draw(st.sampled_from(kinds))
        if kind == "stop":
            break
        if kind == "none":
            parts.append(None)
        elif kind == "bool":
            parts.append(draw(st.sampled_from([True, True, False])))
        elif kind == "slice":
            bound = st.none() | st.integers(-5, 5)
            parts.append(slice(draw(bound), draw(bound), draw(st.sampled_from([None, 1, 2, 3]))))
            left.pop(0)
        elif kind == "int":
            number = draw(st.integers(-left[0], left[0] - 1))
            parts.append(draw(st.sampled_from([number, number, np.int64(number), Held("tensor", np.array(number))])))
            left.pop(0)
        elif kind == "array":
            side = left.pop(0)
            sides = draw(st.sampled_from([chosen, chosen, (1,) * len(chosen)])) or (1,)
            sides = sides[draw(st.integers(0, len(sides) - 1)) :]
            array = np.random.default_rng(draw(st.integers(0, 99))).integers(-side, side, sides)
            form = draw(st.sampled_from(["tensor", "tensor", "array", "list"]))
            dtype = draw(st.sampled_from([np.int64, np.int32])) if form != "list" else np.int64
            parts.append(Held(form, array.astype(dtype)))
        else:
            masked = True
            depth = draw(st.integers(1, min(2, len(left))))
            sides = tuple(left[:depth])
            mask = np.random.default_rng(draw(st.integers(0, 99))).random(sides) < 0.5
            form = draw(st.sampled_from(["tensor", "tensor", "array", "list", "uint8"]))
            if (form == "list" and not mask.size) or mask.ndim > 1:
                form = "tensor"  # an empty list is one of integers; torch counts one dimension of an array beside an ellipsis
            parts.append(Held("tensor", mask.astype(np.uint8)) if form == "uint8" else Held(form, mask))
            left = left[depth:]
    if seen_ellipsis and Ellipsis in parts:
        used = sum(_depth(part) for part in parts)
        if used > len(shape):  # the ellipsis took nothing
            parts = parts[: parts.index(Ellipsis)]
    return shape, tuple(parts)


def _depth(part):
    if part is None or part is Ellipsis or isinstance(part, bool):
        return 0
    return part.array.ndim if isinstance(part, Held) and part.array.dtype in (np.bool_, np.uint8) else 1


def chosen_by_loops(x, index):
    """PyTorch's rule in plain loops: the chosen elements' places in the flattened x, None where the index does not fit.

    Integers cut a dimension away. Arrays broadcast together; their dimensions stand where the first array stands if the
    arrays are neighbours once integers are gone, else in front.
    """
    parts = []  # one a dimension of x, with None and bools between
    used = sum(_depth(part) for part in index)
    wide = [slice(None)] * (x.ndim - used)
    for part in index if Ellipsis in index else (*index, Ellipsis):
        parts += wide if part is Ellipsis else [part]
    kept, dim = [], 0  # ("new",), ("range", dim, numbers), ("array", {dim: numbers})
    fixed = {}
    for part in parts:
        if part is None:
            kept.append(("new",))
        elif isinstance(part, bool):
            kept.append(("array", {}, np.zeros(int(part), np.int64)))
        elif isinstance(part, slice):
            kept.append(("range", dim, range(x.shape[dim])[part]))
            dim += 1
        elif isinstance(part, Held) and part.array.ndim and part.array.dtype in (np.bool_, np.uint8):
            where = part.array.nonzero()
            kept += [("array", {dim + i: numbers}, numbers) for i, numbers in enumerate(where)]
            dim += part.array.ndim
        elif isinstance(part, Held) and part.array.ndim:
            kept.append(("array", {dim: part.array}, part.array))
            dim += 1
        else:
            fixed[dim] = int(part.array if isinstance(part, Held) else part) % x.shape[dim]
            dim += 1
    arrays = [i for i, entry in enumerate(kept) if entry[0] == "array"]
    try:
        sides = np.broadcast_shapes(*(kept[i][2].shape for i in arrays))
    except ValueError:
        return None
    neighbours = arrays and arrays[-1] - arrays[0] == len(arrays) - 1
    front = arrays[0] if neighbours else 0
    rest = [(i, 1 if entry[0] == "new" else len(entry[2])) for i, entry in enumerate(kept) if entry[0] != "array"]
    before = [(i, side) for i, side in rest if i < front]
    after = [(i, side) for i, side in rest if i >= front]
    shape = (*(side for _, side in before), *(sides if arrays else ()), *(side for _, side in after))
    places = np.zeros(shape, np.int64)
    for at in itertools.product(*map(range, shape)):
        loop = dict(zip([i for i, _ in before], at[: len(before)], strict=True))
        middle = at[len(before) : len(before) + (len(sides) if arrays else 0)]
        loop |= dict(zip([i for i, _ in after], at[len(at) - len(after) :], strict=True))
        place = dict(fixed)
        for i, entry in enumerate(kept):
            if entry[0] == "range":
                place[entry[1]] = entry[2][loop[i]]
            elif entry[0] == "array":
                for dim, numbers in entry[1].items():
                    own = np.broadcast_to(numbers, sides)[middle]
                    place[dim] = int(own) % x.shape[dim]
        places[at] = np.ravel_multi_index(tuple(place[dim] for dim in range(x.ndim)), x.shape)
    return places
