"""What torch shows as one call and we as a composite: recurrent networks, their cells, attention of many heads."""

from __future__ import annotations

from inspect import signature
from types import FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

from tinygrad_fr import nn
from tinygrad_fr.nn.utils import rnn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_RECURRENT = {"lstm": "LSTM", "gru": "GRU", "rnn_tanh": "RNN", "rnn_relu": "RNN"}
_CELLS: dict[str, tuple[str, dict[str, Any]]] = {
    "lstm_cell": ("LSTMCell", {}),
    "gru_cell": ("GRUCell", {}),
    "rnn_tanh_cell": ("RNNCell", {"nonlinearity": "tanh"}),
    "rnn_relu_cell": ("RNNCell", {"nonlinearity": "relu"}),
}
_DROPS = ("dropout", "feature_dropout", "dropout2d", "dropout1d", "dropout3d")


class Pieces(NamedTuple):
    """How torch itself makes a function of smaller ones.

    Attributes:
        run: gives what the function gives.
        scope: what the smaller ones stand under in pictures, if they are many.
    """

    run: Callable[[], Any]
    scope: str = ""


def counterparts(name: str) -> Iterator[Callable[..., Any]]:
    """Composites here that mean one function of torch's."""
    if name in _RECURRENT:
        yield lambda *given: _recurrent(name, *given)
    elif name in _CELLS:
        yield lambda *given: _cell(name, *given)
    elif name == "multi_head_attention_forward":
        yield _multihead
    elif name == "_pack_padded_sequence":
        yield lambda x, lengths, first: rnn.pack_padded_sequence(x, lengths, first)[:2]
    elif name == "_pad_packed_sequence":
        yield lambda data, sizes, *told: rnn.pad_packed_sequence(rnn.PackedSequence(data, sizes), *told)


def pieces(torch: Any, func: Any, name: str, args: Any, named: Any) -> Pieces | None:
    """How torch makes a call of smaller ones, where that is known: the caller mirrors these.

    Numbers that are drawn at random are drawn as torch draws them, from the same state.
    """
    if isinstance(func, FunctionType) and func.__module__ == "torch.nn.functional":
        return Pieces(lambda: _through(torch, func, args, named), "" if name in _DROPS else name)
    if name in _DROPS and len(args) == 3 and args[2] and not named:
        return Pieces(lambda: _dropped(torch, func, args[0], args[1]))
    if name == "scaled_dot_product_attention" and _bound(_attention, args, named).get("dropout_p"):
        return Pieces(lambda: _attention(torch, *args, **named), "attention")
    if name in _RECURRENT and not named and len(args) == 9 and isinstance(args[3], bool) and args[4] > 1:
        return Pieces(lambda: _layers(torch, func, *args), name)
    if name == "_weight_norm" and not named:
        return Pieces(lambda: _normalised(torch, *args))
    return None


def _bound(way: Callable[..., Any], args: Any, named: Any) -> dict[str, Any]:
    names = list(signature(way).parameters)[1:]
    return {**dict(zip(names, args, strict=False)), **named}


def _through(torch: Any, func: Any, args: Any, named: Any) -> Any:
    """A function that torch writes in Python: it asks for who might answer in its place, and nobody is to."""
    home = vars(torch.nn.functional)
    asked = [name for name in home if name.startswith("has_torch_function")]
    kept = {name: home[name] for name in asked}
    try:
        home.update(dict.fromkeys(asked, lambda *_tensors: False))
        return func(*args, **named)
    finally:
        home.update(kept)


def _dropped(torch: Any, func: Any, x: Any, p: float) -> Any:
    """What dropout keeps, times its scale, is what it makes of ones."""
    with torch._C.DisableTorchFunction():
        kept = func(torch.ones_like(x), p, True)
    return x * kept


def _attention(
    torch: Any, query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: float = 0.0, is_causal: bool = False,
    scale: float | None = None, enable_gqa: bool = False,
) -> Any:  # fmt: skip
    if enable_gqa:
        key = key.repeat_interleave(query.size(-3) // key.size(-3), -3)
        value = value.repeat_interleave(query.size(-3) // value.size(-3), -3)
    scores = query @ key.transpose(-2, -1) * (scale if scale is not None else query.size(-1) ** -0.5)
    if is_causal:
        attn_mask = torch.ones(scores.shape[-2:], dtype=torch.bool).tril()
    if attn_mask is not None:
        scores = scores.masked_fill(~attn_mask, -torch.inf) if attn_mask.dtype == torch.bool else scores + attn_mask
    return torch.dropout(scores.softmax(-1), dropout_p, True) @ value


def _layers(
    torch: Any, func: Any, x: Any, hidden: Any, weights: Any, biased: bool, layers: int, dropout: float, training: bool,
    both: bool, first: bool,
) -> Any:  # fmt: skip
    """A network of several layers as one after the other, with dropout between them."""
    x = x.transpose(0, 1) if first else x
    several = isinstance(hidden, tuple | list)
    states, ends = tuple(hidden) if several else (hidden,), []
    per, ways = len(weights) // layers, 2 if both else 1
    for layer in range(layers):
        own = [state[layer * ways : (layer + 1) * ways] for state in states]
        given = weights[layer * per : (layer + 1) * per]
        x, *last = func(x, tuple(own) if several else own[0], given, biased, 1, 0.0, training, both, False)
        ends.append(last)
        if dropout and training and layer < layers - 1:
            x = torch.dropout(x, dropout, True)
    return (x.transpose(0, 1) if first else x, *(torch.cat(each) for each in zip(*ends, strict=True)))


def _normalised(torch: Any, v: Any, g: Any, dim: int = 0) -> Any:
    """A direction and a length."""
    if dim == -1:
        return v * (g / torch.linalg.vector_norm(v))
    return v * (
        g / torch.linalg.vector_norm(v, dim=[side for side in range(v.ndim) if side != dim % v.ndim], keepdim=True)
    )


def _recurrent(name: str, x: Any, *told: Any) -> Any:
    """A recurrent network of torch's, of sequences that are packed or not, as our module with its weights."""
    sizes, told = (told[0], told[1:]) if not isinstance(told[2], bool) else (None, told)
    hidden, weights, biased, layers, dropout, training, both, *first = told
    several = isinstance(hidden, tuple | list)
    more: dict[str, Any] = {"nonlinearity": name.partition("_")[2]} if name.startswith("rnn") else {}
    size = (hidden[1] if several else hidden).shape[-1]
    if several and hidden[0].shape[-1] != size:
        more["proj_size"] = hidden[0].shape[-1]
    kind = getattr(nn, _RECURRENT[name])
    made = kind(
        weights[0].shape[1], size, layers, bias=biased, batch_first=any(first), dropout=dropout, bidirectional=both, **more
    )  # fmt: skip
    _fill(made, weights)
    made.train(training)
    given = x if sizes is None else rnn.PackedSequence(x, sizes)
    out, ends = made(given, tuple(hidden) if several else hidden)
    out = out if sizes is None else out.data
    return (out, *ends) if isinstance(ends, tuple) else (out, ends)


def _cell(name: str, x: Any, hidden: Any, *weights: Any) -> Any:
    """One step of a recurrent network of torch's as our cell with its weights."""
    kind, more = _CELLS[name]
    several = isinstance(hidden, tuple | list)
    held = [weight for weight in weights if weight is not None]
    made = getattr(nn, kind)(x.shape[-1], weights[1].shape[1], bias=len(held) == 4, **more)
    _fill(made, held)
    return made(x, tuple(hidden) if several else hidden)


def _fill(module: Any, weights: Any) -> None:
    keys = [key for key, held in module._parameters.items() if held is not None]
    if len(keys) != len(weights):
        raise ValueError(type(module).__name__)
    for key, weight in zip(keys, weights, strict=True):
        _put(module, key, weight)


def _multihead(query: Any, key: Any, value: Any, width: int, heads: int, in_weight: Any, in_bias: Any, bias_k: Any, bias_v: Any,
               zero: bool, dropout: float, out_weight: Any, out_bias: Any, training: bool = True, key_padding_mask: Any = None,
               need_weights: bool = True, attn_mask: Any = None, use_separate_proj_weight: bool = False, q_proj_weight: Any = None,
               k_proj_weight: Any = None, v_proj_weight: Any = None, static_k: Any = None, static_v: Any = None,
               average_attn_weights: bool = True, is_causal: bool = False) -> Any:  # fmt: skip
    """Attention of many heads as our module with torch's weights."""
    if use_separate_proj_weight or bias_k is not None or zero or static_k is not None:
        raise ValueError("multi_head_attention_forward")
    made = nn.MultiheadAttention(width, heads, dropout=dropout, bias=in_bias is not None)
    own = {"in_proj_weight": in_weight, "in_proj_bias": in_bias}
    for key_, given in own.items():
        if given is not None:
            _put(made, key_, given)
    _put(made.out_proj, "weight", out_weight)
    if out_bias is not None:
        _put(made.out_proj, "bias", out_bias)
    made.train(training)
    return made(
        query, key, value, key_padding_mask=key_padding_mask, need_weights=need_weights, attn_mask=attn_mask,
        average_attn_weights=average_attn_weights,
    )  # fmt: skip


def _put(module: Any, name: str, tensor: Any) -> None:
    """Let a tensor be a module's parameter, whether it is learned or not."""
    module._parameters[name] = tensor
    if name in vars(module):
        vars(module)[name] = tensor
