"""Arguments of the kernels, made out of what their contracts say, and what the plain equations give of them."""

import importlib
import pkgutil

import numpy as np

from tinygrad_fr import kernels
from tinygrad_fr.kernels.layers import attention

SIZES = (
    0,
    1,
    2,
    3,
    5,
    7,
    8,
    9,
    15,
    16,
    17,
    31,
    33,
)  # none, one, two, odd, and the widths of vectors, one more and less

CONTRACTED = {
    f"{module.name.rpartition('.')[2]}.{name}": value
    for module in pkgutil.walk_packages(kernels.__path__, "tinygrad_fr.kernels.")
    if not module.ispkg
    for name, value in vars(importlib.import_module(module.name)).items()
    if hasattr(value, "contract") and value.__module__ == module.name
}


def _positions(side, kernel, stride, padding, dilation):
    return (side + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def _windows(chance, sides):
    """Kernel, positions, stride, padding and dilation of windows over an image."""
    while True:
        kernel, stride, dilation = (tuple(int(n) for n in chance.integers(1, 4, 2)) for _each in range(3))
        padding = tuple(int(chance.integers(0, k)) for k in kernel)
        if chance.integers(0, 2):
            stride = (1, 1)
        out = tuple(map(_positions, sides, kernel, stride, padding, dilation))
        if min(out) >= 1:
            return kernel, out, stride, padding, dilation


def _fixed(name, chance):
    """Sides and plain arguments that a case starts from: those that no contract can draw by itself."""
    family, _dot, _function = name.partition(".")
    plain, sides = {}, {}
    if family == "recurrent" or family == "gru_course":
        plain = {"nonlinearity": str(chance.choice(["tanh", "relu"])), "to_x": bool(chance.integers(0, 2))}
    elif family == "normalization":
        plain = {"eps": 1e-5, "centred": bool(chance.integers(0, 2)), "over_batch": bool(chance.integers(0, 2))}
        sides = {"B": 1} if plain["over_batch"] else {}
    elif family == "rows" or name == "moves.scattered":
        plain = {"rows": int(chance.choice(SIZES[1:]))}
    elif family == "pooling":
        sides = {"height": int(chance.choice(SIZES[1:8])), "width": int(chance.choice(SIZES[1:8]))}
        sides |= {side: int(chance.choice(SIZES[1:8])) for side in "ij"}
        plain = {**sides, "size": int(chance.choice(SIZES[1:]))}
    elif family == "resizing":
        plain = sides = {"height": int(chance.choice(SIZES[1:8])), "width": int(chance.choice(SIZES[1:8]))}
    elif family == "attention":
        causal = bool(chance.integers(0, 2))
        plain = {"how": attention.How(0.5, causal, not causal and bool(chance.integers(0, 2))), "to_mask": True}
        sides = {side: int(chance.choice(SIZES[1:8])) for side in "LSED"} | {
            side: int(chance.integers(0, 4)) for side in "BH"
        }
        if causal:
            sides["S"] = sides["L"]
    elif family == "convolution":
        image = tuple(int(n) for n in chance.choice(SIZES[3:9], 2))
        image = (image[0] + 6, image[1] + 6)
        kernel, out, stride, padding, dilation = _windows(chance, image)
        n, count = int(chance.integers(0, 4)), int(chance.integers(1, 6))
        plain = {
            "kernel": kernel,
            "out": out,
            "stride": stride,
            "padding": padding,
            "dilation": dilation,
            "sides": image,
            "n": n,
        }
        sides = {
            "N": n,
            "C": count,
            "H": image[0],
            "W": image[1],
            "h": kernel[0],
            "v": kernel[1],
            "a": out[0],
            "b": out[1],
        }
        sides |= {"K": count * kernel[0] * kernel[1], "P": n * out[0] * out[1]}
    return plain, sides


def _drawn(each, chance, known, dtype):
    """An array that a contract expects; sides that are not known yet are drawn."""
    shape = []
    for side in filter(str.isidentifier, each.dimensions):
        known.setdefault(side, int(chance.choice(SIZES[:10])))
    for side in each.dimensions:
        if side == "_":
            shape.append(int(chance.choice(SIZES[:8])))
        elif side.isidentifier():
            shape.append(known[side])
        else:
            shape.append(eval(side, {}, known))
    if each.kind == "int":
        return chance.integers(0, max(eval(each.below, {}, known), 1), shape)
    if each.kind == "bool":
        return chance.integers(0, 2, shape).astype(bool)
    return chance.uniform(0.1, 1, shape).astype(dtype)


def arguments(name, seed):
    """Arguments that a kernel accepts, by name; those that come together are lists."""
    check = CONTRACTED[name].contract
    chance = np.random.default_rng([seed, *name.encode()])
    plain, known = _fixed(name, chance)
    known = {**plain, **known}
    dtype = chance.choice([np.float32, np.float64])
    given = {key: plain[key] for key in check.names if key in plain}
    for each in check.expected:
        array = _drawn(each, chance, known, dtype)
        if each.optional and chance.integers(0, 3) == 0:
            array = None
        if each.part is None:
            given[each.name] = array
        else:
            given.setdefault(each.name, {})[each.part] = array
    if name.startswith("attention.backward"):
        parts = given["saved"]
        kept = chance.integers(0, 2)
        count, length, source = known["B"] * known["H"], known["L"], known["S"]
        parts[0] = chance.uniform(0.1, 1, (count, length, source) if kept else (0, 0, 0)).astype(dtype)
        given["saved"] = attention.Saved(parts[0], parts[1] + 10)
    for key, value in given.items():
        if isinstance(value, dict):
            given[key] = tuple(value[part] for part in sorted(value))
    bound = {each.below for each in check.expected if each.below}
    empty = any(eval(below, {}, known) == 0 for below in bound)
    if empty and any(each.kind == "int" and _get(given, each).size for each in check.expected):
        return arguments(name, seed + 100_000)  # there is no index into nothing
    return {key: given[key] for key in check.names}


def _get(given, each):
    own = given[each.name]
    return own if each.part is None else own[each.part]


def replaced(given, each, array):
    """The arguments with one array in another's place."""
    own = given[each.name]
    if each.part is None:
        return {**given, each.name: array}
    parts = list(own)
    parts[each.part] = array
    return {**given, each.name: type(own)(*parts) if hasattr(own, "_fields") else tuple(parts)}


def wrong(array):
    """What comes instead of an array: other shapes, layouts and dtypes, with a word for each."""
    if array is None:
        return
    yield "one dimension more", array[None]
    yield "none", None
    yield "a number", 1.0
    yield "a list", array.tolist()
    yield "other floats", array.astype(np.float32 if array.dtype == np.float64 else np.float64)
    yield "half floats", array.astype(np.float16)
    yield "complex", array.astype(np.complex64)
    yield "other order of bytes", array.astype(array.dtype.newbyteorder(">"))
    if array.ndim:
        yield "a row less", array[:-1].copy()
        yield "no rows", array[:0].copy()
        yield "rows twice", np.concatenate([array, array])
        yield "one dimension less", array.reshape(-1)[: len(array)].copy()
        yield "a column more", np.concatenate([array, array[..., :1]], -1)
        yield "a column less", array[..., :-1].copy()
        yield "backwards", array[..., ::-1]
        yield "with gaps", np.concatenate([array, array], -1)[..., ::2]
    if array.ndim > 1:
        yield "turned", array.swapaxes(0, -1)
        yield "turned and copied", array.swapaxes(0, -1).copy()
    if array.dtype.kind == "i" and array.size:
        for number in (-1, 2**31, 2**62, -(2**62)):
            far = array.copy()
            far.reshape(-1)[-1] = number
            yield f"index {number}", far


def _softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def _recurrent(kind, **more):
    def equations(*given, **_rest):
        from tinygrad_fr.ops import recurrent

        return getattr(recurrent, f"{kind}_sequence").equations(*given, **more)

    return equations


def _attention(query, key, value, mask, how):
    scores = query @ key.swapaxes(-1, -2) * how.scale
    if mask is not None:
        scores = scores + mask
    if how.causal:
        scores = np.where(np.tri(*scores.shape[-2:], dtype=bool), scores, -np.inf)
    return _softmax(scores) @ value


def _convolve(x, w, out, stride, padding, dilation, bias):
    from tinygrad_fr.ops.spatial.convolution import _columns

    found = w.reshape(len(w), -1) @ _columns(x, w.shape[2:], out, stride, padding, dilation, 1)[:, 0]
    return found.reshape(len(x), len(w), *out) + (0 if bias is None else bias[:, None, None])


def _added(x, index, rows):
    out = np.zeros((rows, x.shape[1]), x.dtype)
    np.add.at(out, index, x)
    return out


def _normalised(x, axes, eps, centred=True):
    mean = x.mean(axes, keepdims=True) if centred else 0
    return (x - mean) / np.sqrt(((x - mean) ** 2).mean(axes, keepdims=True) + eps)


# What a kernel's first result is.
PLAIN = {
    "recurrent.lstm_forward": _recurrent("lstm"),
    "recurrent.gru_forward": _recurrent("gru"),
    "gru_course.gru_course_forward": _recurrent("gru", convention="course"),
    "recurrent.rnn_forward": lambda *given: _recurrent("rnn", nonlinearity=given[-1])(*given[:-1]),
    "softmax.softmax_forward": _softmax,
    "softmax.log_softmax_forward": lambda x: np.log(_softmax(x)),
    "softmax.cross_entropy_forward": lambda x, labels: -np.log(_softmax(x))[np.arange(len(x)), labels],
    "softmax.softmax_backward": lambda g, y: y * (g - (g * y).sum(-1, keepdims=True)),
    "softmax.log_softmax_backward": lambda g, y: g - np.exp(y) * g.sum(-1, keepdims=True),
    "softmax.cross_entropy_backward": lambda g, y, labels: (y - np.eye(y.shape[1], dtype=y.dtype)[labels]) * g[:, None],
    "rows.added": _added,
    "rows.products": lambda x, table, index: (x[:, None] * table[index]).sum(-1),
    "rows.products_to_vectors": lambda g, table, index: (g[:, :, None] * table[index]).sum(1),
    "rows.products_to_table": lambda g, x, index, rows: _added(
        (g[:, :, None] * x[:, None]).reshape(-1, x.shape[1]), index.reshape(-1), rows
    ),
    "normalization.rows_forward": lambda x, w, b, eps, centred: _normalised(x, (1,), eps, centred) * w + b,
    "normalization.columns_forward": lambda x, w, b, eps: _normalised(x, (0,), eps) * w + b,
    "normalization.runs_forward": lambda x, w, b, eps, over: (
        _normalised(x, (0, 2, 3) if over else (2, 3), eps) * w.reshape(1, *x.shape[1:3], 1)
        + b.reshape(1, *x.shape[1:3], 1)
    ),
    "attention.forward": _attention,
    "convolution.convolve": _convolve,
    "reductions.summed": lambda x: x.sum(1),
    "reductions.multiplied": lambda x: x.prod(1),
    "reductions.largest": lambda x: x.max(1),
    "reductions.smallest": lambda x: x.min(1),
    "moves.gathered": lambda x, index: np.take_along_axis(x, index, 1),
    "moves.scattered": lambda *given: _scattered(*given),
    "moves.turned": lambda x: x.T,
    "moves.running_sums": lambda x: np.cumsum(x, 1),
    "resizing.chosen": lambda x, rows, columns: x[:, rows[:, None], columns],
    "pooling.back_to": lambda g, places, size: _added_each(g, places, size),
}


def _scattered(g, index, rows):
    out = np.zeros((len(g), rows, g.shape[2]), g.dtype)
    front, _middle, back = np.indices(index.shape)
    np.add.at(out, (front, index, back), g)
    return out


def _added_each(g, places, size):
    out = np.zeros((len(g), size), g.dtype)
    for own, row, at in zip(out, g, places, strict=True):
        np.add.at(own, at, row)
    return out
