"""Attention and the Transformer (Vaswani et al., 2017), torch's parameters under torch's names."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import DtypeError, ShapeError, UsageError
from tinygrad_fr.handles.creation import zeros
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import is_grad_enabled
from tinygrad_fr.nn import functional as F
from tinygrad_fr.nn.activation import GELU, ReLU
from tinygrad_fr.nn.container import ModuleList
from tinygrad_fr.nn.dropout import Dropout
from tinygrad_fr.nn.init import xavier_normal_, xavier_uniform_
from tinygrad_fr.nn.linear import Linear
from tinygrad_fr.nn.module import Module
from tinygrad_fr.nn.normalization import LayerNorm
from tinygrad_fr.nn.parameter import Parameter
from tinygrad_fr.nn.placed import placed
from tinygrad_fr.ops.comparison import where
from tinygrad_fr.ops.shapes.joining import cat
from tinygrad_fr.ops.shared.untracked import constant, dtype_of, value_of
from tinygrad_fr.record.mode import escapes

if TYPE_CHECKING:
    from collections.abc import Callable


@placed
class MultiheadAttention(Module):
    """Several attentions side by side, each on its share of the width.

    Inputs are (L, N, E), or (N, L, E) with ``batch_first``. The weights of the attention come second, averaged over the
    heads unless told; None where they are not asked for.

    Args:
        embed_dim: width E of queries and results.
        num_heads: how many attentions share it.
        dropout: probability that a weight of the attention is dropped while training.
        bias: whether the linear maps have biases.
        add_bias_kv: whether one more key and value are learnt, which every query sees.
        add_zero_attn: whether every query also sees a key and a value of zeros.
        kdim: width of the keys, E unless told.
        vdim: width of the values, E unless told.
        batch_first: whether the batch is the first dimension.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> x = tg.zeros(5, 2, 8)  # 5 places, 2 sequences, 8 numbers
        >>> output, weights = nn.MultiheadAttention(8, 2)(x, x, x)
        >>> output.shape, weights.shape
        (torch.Size([5, 2, 8]), torch.Size([2, 5, 5]))
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
    ) -> None:
        super().__init__()
        if embed_dim % num_heads:
            raise UsageError(
                _("MultiheadAttention: {heads} heads do not divide a width of {width}").format(
                    heads=num_heads, width=embed_dim
                )
            )
        self.embed_dim, self.num_heads, self.dropout, self.batch_first = embed_dim, num_heads, dropout, batch_first
        self.kdim, self.vdim = embed_dim if kdim is None else kdim, embed_dim if vdim is None else vdim
        self.head_dim, self.add_zero_attn = embed_dim // num_heads, add_zero_attn
        alike = self.kdim == self.vdim == embed_dim
        apart = {"q_proj_weight": embed_dim, "k_proj_weight": self.kdim, "v_proj_weight": self.vdim}
        for name, width in apart.items():
            if not alike:
                self.register_parameter(name, Parameter(zeros(embed_dim, width)))
        self.register_parameter("in_proj_weight", Parameter(zeros(3 * embed_dim, embed_dim)) if alike else None)
        if alike:
            for name in apart:
                self.register_parameter(name, None)
        self.register_parameter("in_proj_bias", Parameter(zeros(3 * embed_dim)) if bias else None)
        self.out_proj = Linear(embed_dim, embed_dim, bias)
        if bias:
            self.out_proj.bias = Parameter(zeros(embed_dim))
        for name in ("bias_k", "bias_v"):
            self.register_parameter(name, Parameter(zeros(1, 1, embed_dim)) if add_bias_kv else None)
        for weight in self._weights:  # after the output's, as PyTorch draws them
            xavier_uniform_(weight)
        for added in (self.bias_k, self.bias_v):
            if added is not None:
                xavier_normal_(added)

    in_proj_weight: Parameter | None
    in_proj_bias: Parameter | None
    q_proj_weight: Parameter | None
    k_proj_weight: Parameter | None
    v_proj_weight: Parameter | None
    bias_k: Parameter | None
    bias_v: Parameter | None

    @property
    def _weights(self) -> list[Any]:
        """The weight of all three maps, or one of each."""
        if self.in_proj_weight is not None:
            return [self.in_proj_weight]
        return [self.q_proj_weight, self.k_proj_weight, self.v_proj_weight]

    def _heads(self, x: Any) -> Any:
        """(N, L, E) → (N, heads, L, E/heads)."""
        n, length, width = x.shape
        return x.reshape(n, length, self.num_heads, width // self.num_heads).transpose(1, 2)

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """Attend; in the masks True leaves a position out, as PyTorch's."""
        if is_causal and attn_mask is None:
            raise UsageError(_("MultiheadAttention: is_causal says what attn_mask is, and none was given"))
        self._check(query, key, value, attn_mask)
        alone = len(query.shape) == 2
        if alone:
            query, key, value = (x.unsqueeze(0) for x in (query, key, value))
        elif not self.batch_first:
            query, key, value = (x.transpose(0, 1) for x in (query, key, value))
        weights = self._weights if self.in_proj_weight is None else self.in_proj_weight.chunk(3)
        biases = self.in_proj_bias.chunk(3) if self.in_proj_bias is not None else (None,) * 3
        q, k, v = (F.linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases, strict=True))
        n, seen = k.shape[0], k.shape[1]
        if self.bias_k is not None and self.bias_v is not None:
            k, v = (cat([x, more.expand(n, 1, -1)], 1) for x, more in ((k, self.bias_k), (v, self.bias_v)))
        if self.add_zero_attn:
            k, v = (F.pad(x, (0, 0, 0, 1)) for x in (k, v))
        q, k, v = self._heads(q), self._heads(k), self._heads(v)
        mask = self._mask(attn_mask, key_padding_mask, n, is_causal, (q.shape[-2], seen))
        if mask is not None and k.shape[-2] > seen:
            mask = F.pad(mask, (0, k.shape[-2] - seen))
        dropout = self.dropout if self.training else 0.0
        shares = None
        if need_weights:
            scores = (q @ k.mT) * (1 / math.sqrt(q.shape[-1]))
            shares = F.softmax(scores if mask is None else scores + mask, -1)
            shares = F.dropout(shares, dropout)
            attended = shares @ v
            shares = shares.mean(1) if average_attn_weights else shares
            shares = shares[0] if alone else shares
        else:
            attended = F.scaled_dot_product_attention(q, k, v, mask, dropout)
        joined = attended.permute(2, 0, 1, 3).reshape(query.shape[1], query.shape[0], self.embed_dim)
        y = self.out_proj(joined)  # (L, N, E), as PyTorch's lies in memory: dropout goes by that
        return (y[:, 0] if alone else y.transpose(0, 1) if self.batch_first else y), shares

    def _check(self, query: Any, key: Any, value: Any, attn_mask: Any) -> None:
        """Refuse sequences, or a mask, that do not go together: none of them is broadcast."""
        shapes = [tuple(x.shape) for x in (query, key, value)]
        sides = {len(shape) for shape in shapes}
        if sides not in ({2}, {3}):
            raise ShapeError(
                _("MultiheadAttention: expected three tensors (L, E), or three of batches, got shapes {found}").format(
                    found=", ".join(map(str, shapes))
                )
            )
        rows, steps = (1, 0) if sides == {2} else (0, 1) if self.batch_first else (1, 0)
        if shapes[1][:-1] != shapes[2][:-1] or (sides == {3} and shapes[0][rows] != shapes[1][rows]):
            raise ShapeError(
                _(
                    "MultiheadAttention: expected as many samples everywhere, and keys as values, got shapes {found}"
                ).format(found=", ".join(map(str, shapes)))
            )
        wanted = (shapes[0][steps], shapes[1][steps])
        if attn_mask is not None and (len(attn_mask.shape) not in (2, 3) or tuple(attn_mask.shape)[-2:] != wanted):
            raise ShapeError(
                _(
                    "MultiheadAttention: expected attn_mask of shape {expected}, or one for each head, got {found}"
                ).format(expected=wanted, found=tuple(attn_mask.shape))
            )

    def _mask(self, attn_mask: Any, padding: Any, n: int, causal: bool, sides: tuple[int, int]) -> Any:
        """Both masks as one to add to the scores: −∞ where a position is left out."""
        total = None
        for given, shape in ((attn_mask, None), (padding, (n, 1, 1, -1))):
            if given is None:
                continue
            added = given if isinstance(given, Tensor) else np.asarray(given)
            if added.dtype.kind not in "bf":
                raise DtypeError(
                    _("MultiheadAttention: expected a mask of booleans or floats, got {found}").format(
                        found=added.dtype
                    )
                )
            if added.dtype == np.bool_:
                added = where(added, -np.inf, 0.0)
            if shape is not None:
                added = added.reshape(shape)
            elif added.ndim == 3:  # one a head
                added = added.reshape(n, self.num_heads, *sides)
            total = added if total is None else total + added
        if total is None or isinstance(total, Tensor):
            return total
        return constant(total.astype(dtype_of(self.out_proj.weight)))

    def __repr__(self) -> str:
        return super().__repr__().replace("(out_proj): Linear(", "(out_proj): NonDynamicallyQuantizableLinear(")


def _activation(given: Any) -> Callable[[Any], Any]:
    if isinstance(given, str) and given not in ("relu", "gelu"):
        raise UsageError(_("activation: expected “relu”, “gelu” or a function, got “{found}”").format(found=given))
    chosen: Callable[[Any], Any] = getattr(F, given) if isinstance(given, str) else given
    return chosen


class _Block(Module):
    """What both kinds of layers share: two linear maps, residual connections and norms."""

    _looks = False  # whether it attends to what an encoder gave

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int,
        dropout: float,
        activation: Any,
        layer_norm_eps: float,
        batch_first: bool,
        norm_first: bool,
        bias: bool,
    ) -> None:
        super().__init__()
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first)
        if self._looks:
            self.multihead_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first)
        self.linear1, self.dropout = Linear(d_model, dim_feedforward, bias), Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias)
        self.norm1 = LayerNorm(d_model, layer_norm_eps, bias=bias)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, bias=bias)
        if self._looks:
            self.norm3 = LayerNorm(d_model, layer_norm_eps, bias=bias)
        self.dropout1, self.dropout2 = Dropout(dropout), Dropout(dropout)
        if self._looks:
            self.dropout3 = Dropout(dropout)
        self.activation, self.norm_first = _activation(activation), norm_first

    def _feed(self, x: Any) -> Any:
        last = self.dropout3 if self._looks else self.dropout2
        return last(self.linear2(self.dropout(self.activation(self.linear1(x)))))

    def _around(self, x: Any, norm: Module, block: Callable[[Any], Any]) -> Any:
        """A residual connection around a block, normalised before it or after."""
        return x + block(norm(x)) if self.norm_first else norm(x + block(x))


@placed
class TransformerEncoderLayer(_Block):
    """Attention of a sequence to itself, then two linear maps, each with a residual connection and a norm.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.TransformerEncoderLayer(8, 2, dim_feedforward=16)(tg.zeros(5, 2, 8)).shape
        torch.Size([5, 2, 8])
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Any = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
    ) -> None:
        super().__init__(
            d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias
        )

    def forward(
        self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False
    ) -> Tensor:
        """(L, N, E) → (L, N, E), or batch first."""

        def attend(x: Any) -> Any:
            y, _weights = self.self_attn(x, x, x, src_key_padding_mask, False, src_mask, is_causal=is_causal)
            return self.dropout1(y)

        y = self._around(src, self.norm1, attend)
        result: Tensor = self._around(y, self.norm2, self._feed)
        return result


@placed
class TransformerDecoderLayer(_Block):
    """Attention to itself, attention to what an encoder gave, then two linear maps.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.TransformerDecoderLayer(8, 2, dim_feedforward=16)(tg.zeros(3, 2, 8), tg.zeros(5, 2, 8)).shape
        torch.Size([3, 2, 8])
    """

    _looks = True

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Any = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
    ) -> None:
        super().__init__(
            d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias
        )

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """(L, N, E) and what the encoder gave (S, N, E) → (L, N, E), or batch first."""

        def attend(x: Any) -> Any:
            y, _weights = self.self_attn(x, x, x, tgt_key_padding_mask, False, tgt_mask, is_causal=tgt_is_causal)
            return self.dropout1(y)

        def look(x: Any) -> Any:
            y, _weights = self.multihead_attn(x, memory, memory, memory_key_padding_mask, False, memory_mask)
            return self.dropout2(y)

        y = self._around(tgt, self.norm1, attend)
        y = self._around(y, self.norm2, look)
        result: Tensor = self._around(y, self.norm3, self._feed)
        return result


class _Stack(Module):
    """Layers one after the other, and a norm."""

    def __init__(self, layers: list[Module], norm: Module | None) -> None:
        super().__init__()
        self.layers, self.num_layers = ModuleList(layers), len(layers)
        self.norm = norm

    def _run(self, x: Any, *args: Any, **options: Any) -> Tensor:
        """Every layer in turn."""
        x = self._through(x, *args, **options)
        result: Tensor = x if self.norm is None else self.norm(x)
        return result

    def _through(self, x: Any, *args: Any, **options: Any) -> Any:
        """Every layer in turn, before the norm."""
        for layer in self.layers:
            x = layer(x, *args, **options)
        return x


class TransformerEncoder(_Stack):
    """Encoder layers one after the other: copies of the one given, each with weights of its own.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> layer = nn.TransformerEncoderLayer(8, 2, dim_feedforward=16)
        >>> nn.TransformerEncoder(layer, 3)(tg.zeros(5, 2, 8)).shape
        torch.Size([5, 2, 8])
    """

    def __init__(
        self,
        encoder_layer: Module,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__(_copies(encoder_layer, num_layers), norm)
        self.enable_nested_tensor, self.mask_check = enable_nested_tensor, mask_check

    def forward(self, src: Any, mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False) -> Tensor:
        """(L, N, E) → (L, N, E), or batch first."""
        return self._run(src, mask, src_key_padding_mask, is_causal)

    def _through(self, x: Any, *args: Any, **options: Any) -> Any:
        """Every layer in turn; what was padded comes out as 0 where PyTorch leaves it out of the computation."""
        y = super()._through(x, *args, **options)
        mask, padding = args[0], args[1]
        if padding is None or mask is not None or x.ndim != 3 or not self._leaves_padding_out(x):
            return y
        escapes(padding)
        left_out = value_of(padding) != 0
        if self.mask_check and (np.diff(left_out.astype(np.int8), axis=1) < 0).any():
            return y
        return where(constant(left_out[..., None]), 0.0, y)

    def _leaves_padding_out(self, x: Any) -> bool:
        """Whether PyTorch takes its way over sequences of their own lengths, in evaluation alone."""
        layer: Any = self.layers[0] if len(self.layers) else None
        if not isinstance(layer, TransformerEncoderLayer) or layer.training or not self.enable_nested_tensor:
            return False
        attention = layer.self_attn
        known = layer.activation in (F.relu, F.gelu) or type(layer.activation) in (ReLU, GELU)
        fits = attention.batch_first and attention.in_proj_bias is not None and attention.num_heads % 2 == 0
        alike = layer.norm1.eps == layer.norm2.eps and not layer.norm_first
        learning = is_grad_enabled() and any(p.requires_grad for p in (x, *layer.parameters()))
        return known and fits and alike and not learning


class TransformerDecoder(_Stack):
    """Decoder layers one after the other: copies of the one given, each with weights of its own.

    Example:
        >>> from tinygrad_fr import nn, zeros
        >>> layer = nn.TransformerDecoderLayer(8, 2, dim_feedforward=16)
        >>> nn.TransformerDecoder(layer, 3)(zeros(3, 2, 8), zeros(5, 2, 8)).shape  # 3 places look at 5
        torch.Size([3, 2, 8])
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__(_copies(decoder_layer, num_layers), norm)

    def forward(self, tgt: Any, memory: Any, *masks: Any, **options: Any) -> Tensor:
        """(L, N, E) and what the encoder gave → (L, N, E), or batch first."""
        return self._run(tgt, memory, *masks, **options)


def _copies(layer: Module, count: int) -> list[Module]:
    """So many layers of the same settings that start from the same weights, as PyTorch's."""
    return [layer.copy() for _each in range(count)]


@placed
class Transformer(Module):
    """An encoder and a decoder: a source (S, N, E) and a target (L, N, E) → (L, N, E).

    Example:
        >>> from tinygrad_fr import nn, zeros
        >>> model = nn.Transformer(8, 2, num_encoder_layers=1, num_decoder_layers=1, dim_feedforward=16)
        >>> model(zeros(5, 2, 8), zeros(3, 2, 8), tgt_mask=model.generate_square_subsequent_mask(3)).shape
        torch.Size([3, 2, 8])
        >>> model.generate_square_subsequent_mask(2).tolist()
        [[0.0, -inf], [0.0, 0.0]]
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Any = "relu",
        custom_encoder: Module | None = None,
        custom_decoder: Module | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
    ) -> None:
        super().__init__()
        settings = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias)
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first
        self.encoder = custom_encoder or TransformerEncoder(
            TransformerEncoderLayer(*settings), num_encoder_layers, LayerNorm(d_model, layer_norm_eps, bias=bias)
        )
        self.decoder = custom_decoder or TransformerDecoder(
            TransformerDecoderLayer(*settings), num_decoder_layers, LayerNorm(d_model, layer_norm_eps, bias=bias)
        )
        for parameter in self.parameters():
            if isinstance(parameter, Tensor) and parameter.ndim > 1:
                xavier_uniform_(parameter)

    def forward(
        self,
        src: Any,
        tgt: Any,
        src_mask: Any = None,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        src_key_padding_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Source (S, N, E) and target (L, N, E) → (L, N, E), or batch first.

        A causal mask is given as a mask; ``…_is_causal`` says of it what it is, as in PyTorch, and changes no number.
        """
        memory = self.encoder(src, src_mask, src_key_padding_mask)
        result: Tensor = self.decoder(tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask)
        return result

    @staticmethod
    def generate_square_subsequent_mask(size: int) -> Tensor:
        """−∞ above the diagonal: no position sees those after it."""
        later = ~np.tri(size, dtype=np.bool_)
        mask: Tensor = constant(np.where(later, -np.inf, 0).astype(np.float32))
        return mask
