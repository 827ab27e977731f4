"""What ``tensor.grad_fn`` answers: the backward pass as PyTorch names its nodes, read from the record.

The record has one node for an operation and its derivative; PyTorch shows its backward pass as a graph of its own, and lessons
print its names and walk it by ``next_functions``.
"""

from __future__ import annotations

import ast
import linecache
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.handles.backward_hooks import Watched
    from tinygrad_fr.handles.tensor import Hook


class BackwardNode:
    """The backward of one operation.

    Attributes:
        variable: the leaf, where this is the node that adds gradients up.

    Example:
        >>> from tinygrad_fr import tensor
        >>> x = tensor([1.0, 2.0], requires_grad=True)
        >>> y = (x * 3).sum()
        >>> y.grad_fn.name(), y.grad_fn.next_functions[0][0].name()
        ('SumBackward0', 'MulBackward0')
    """

    __slots__ = ("_node",)

    def __init__(self, node: Node) -> None:
        self._node = node

    @property
    def op(self) -> Any:
        """The operation in the record."""
        return self._node.op

    def name(self) -> str:
        """PyTorch's name of it."""
        return type(self).__name__

    @property
    def next_functions(self) -> tuple[tuple[BackwardNode | None, int], ...]:
        """Where gradients go from here: for each operand, its own node of the backward pass, and which output of it."""
        node, _output = _source(self._node)
        return tuple(_reached(x) for x in node.inputs if isinstance(x, Node))

    def register_prehook(self, hook: Callable[[tuple[Any, ...]], Any]) -> Hook:
        """Call ``hook(grad_outputs)`` before gradients go through this node; what it returns replaces them."""
        return self._watched().add("before", hook)

    def register_hook(self, hook: Callable[[tuple[Any, ...], tuple[Any, ...]], Any]) -> Hook:
        """Call ``hook(grad_inputs, grad_outputs)`` when gradients went through this node; what it returns replaces the former."""
        return self._watched().add("after", hook)

    def _watched(self) -> Watched:
        from tinygrad_fr.handles.backward_hooks import watched

        return watched(_source(self._node)[0])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BackwardNode) and self._node.id == other._node.id

    def __hash__(self) -> int:
        return self._node.id

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self._node):#x}>"


class AccumulateGrad(BackwardNode):
    """Where a leaf's gradients are added up."""

    __slots__ = ()

    @property
    def variable(self) -> Node:
        """The leaf."""
        return self._node

    def register_prehook(self, hook: Callable[[tuple[Any, ...]], Any]) -> Hook:
        """Call ``hook((gradient,))`` before the gradient is added up; what it returns replaces it."""
        return self._around(before=hook)

    def register_hook(self, hook: Callable[[tuple[Any, ...], tuple[Any, ...]], Any]) -> Hook:
        """Call ``hook((), (gradient,))`` when a gradient was added up."""
        return self._around(after=hook)

    def _around(self, **hook: Any) -> Hook:
        from tinygrad_fr.handles.backward_hooks import AtLeaf

        leaf: Any = self._node
        return leaf._hooked(AtLeaf(**hook))


def backward_node(node: Node) -> BackwardNode | None:
    """The backward node of a node of the record; None for one that no recorded operation made."""
    if node.op is None or not node.needs:
        return None
    return _kind(named(node))(node)


def _reached(x: Node) -> tuple[BackwardNode | None, int]:
    if not x.needs:
        return None, 0
    return (AccumulateGrad(x) if x.op is None else backward_node(x)), _source(x)[1]


def _source(node: Node) -> tuple[Node, int]:
    """The operation behind a node, and which of its outputs this is."""
    if node.op is not None and node.op.name == "select" and isinstance(node.inputs[0], Node):
        return node.inputs[0], int(node.attrs.get("index", 0))
    return node, 0


@cache
def _kind(name: str) -> type[BackwardNode]:
    return type(name, (BackwardNode,), {"__module__": "builtins", "__slots__": (), "__doc__": f"PyTorch's {name}."})


def named(node: Node) -> str:
    """PyTorch's name of the backward of a node."""
    node = _source(node)[0]
    op: Any = node.op
    own: str | None = getattr(op, "backward_name", None)  # of a torch.autograd.Function
    if own is not None:
        return own
    word = _called(node)
    rule = WORDS.get(word) if word is not None else None
    if rule is None:
        return _plainly(node)
    return rule if isinstance(rule, str) else rule(node)


def _plainly(node: Node) -> str:
    """The name by the operation alone."""
    op: Any = node.op
    rule = RULES.get(op.name)
    if rule is None:
        return _camel(op.name) + "Backward0"
    return rule if isinstance(rule, str) else rule(node)


def _camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


# One operation of the record often stands for several of PyTorch's: the user's own line says which one was called.


def _name(node: Node) -> str:
    """The operation's name in the record."""
    assert node.op is not None
    return node.op.name


def _called(node: Node) -> str | None:
    """The function, method or attribute that the user's expression asks for; ``[]`` for an index, a name for itself."""
    first, last, start, end = node.site.span
    lines = linecache.getlines(node.site.filename)[first - 1 : last]
    if not lines or not end:
        return None
    return _word(tuple(lines), start, end)


@lru_cache(maxsize=512)
def _word(lines: tuple[str, ...], start: int, end: int) -> str | None:
    encoded = [line.encode() for line in lines]
    encoded[-1] = encoded[-1][:end]
    encoded[0] = encoded[0][start:]
    try:
        tree = ast.parse(b"(" + b"".join(encoded) + b")", mode="eval").body
    except SyntaxError:
        return None
    end_ = ""
    if isinstance(tree, ast.Call):
        end_ = "" if tree.args or tree.keywords else "()"
        tree = tree.func
    if isinstance(tree, ast.Attribute):
        return tree.attr + (end_ if tree.attr == "squeeze" else "")
    if isinstance(tree, ast.Subscript):
        return "[]"
    return tree.id if isinstance(tree, ast.Name) else None


def _by_dim(name: str, whole: int = 0) -> Callable[[Node], str]:
    """Reductions have one backward over everything and another over some dimensions."""
    return lambda node: f"{name}Backward{whole if node.attrs.get('dim') is None else 1 - whole}"


def _by_reduction(name: str) -> Callable[[Node], str]:
    """Losses that PyTorch composes of operations end with the reduction."""
    last = {"none": name, "mean": "MeanBackward0", "sum": "SumBackward0", "batchmean": "DivBackward0"}
    return lambda node: last[str(node.attrs.get("reduction", "mean"))]


def _by_second(plain: str, tensor: str) -> Callable[[Node], str]:
    """Where the second operand is a number, and where it is a tensor."""
    return lambda node: tensor if isinstance(node.inputs[1], Node) else plain


def _ndim(x: Any) -> int:
    return int(np.ndim(x.value)) if isinstance(x, Node) else 0


def _pow(node: Node) -> str:
    base, exponent = (isinstance(x, Node) for x in node.inputs)
    return "PowBackward0" if not exponent else "PowBackward1" if base else "PowBackward2"


def _sub(node: Node) -> str:
    return "SubBackward0" if isinstance(node.inputs[0], Node) else "RsubBackward1"


def _div(node: Node) -> str:
    if _called(node) == "dropout" or node.scope.kind == "Dropout":
        return "MulBackward0"
    return "DivBackward0" if isinstance(node.inputs[0], Node) else "MulBackward0"  # of a reciprocal


def _linear(node: Node) -> str:
    biased, ndim = node.inputs[2] is not None, _ndim(node.inputs[0])
    if ndim == 2:
        return "AddmmBackward0" if biased else "MmBackward0"
    if ndim == 1:
        return "ViewBackward0" if biased else "SqueezeBackward4"
    return "ViewBackward0" if biased else "UnsafeViewBackward0"


def _matmul(node: Node) -> str:
    first, second = (_ndim(x) for x in node.inputs)
    return {(1, 1): "DotBackward0", (2, 2): "MmBackward0", (2, 1): "MvBackward0", (1, 2): "SqueezeBackward4"}.get(
        (first, second), "UnsafeViewBackward0"
    )


def _batched(dims: int, name: str) -> Callable[[Node], str]:
    """Layers that PyTorch gives a batch of one where there is none."""
    return lambda node: f"{name}Backward0" if _ndim(node.inputs[0]) == dims + 2 else "SqueezeBackward1"


def _cast(node: Node) -> str:
    (x,) = node.inputs
    return "CloneBackward0" if isinstance(x, Node) and x.value.dtype == node.attrs["dtype"] else "ToCopyBackward0"


def _reshape(node: Node) -> str:
    (x,) = node.inputs
    assert isinstance(x, Node)
    before, after = x.value.shape, node.value.shape
    if before != after and [side for side in before if side != 1] == [side for side in after if side != 1]:
        return "UnsqueezeBackward0" if len(after) > len(before) else "SqueezeBackward1"
    return "ViewBackward0"


def _index(node: Node) -> str:
    given = node.attrs["index"]
    parts = given if isinstance(given, tuple) else (given,)
    name = "AliasBackward0"
    for part in parts:
        if part is None:
            name = "UnsqueezeBackward0"
        elif isinstance(part, slice):
            if part != slice(None) or name == "AliasBackward0":
                name = "SliceBackward0"
        elif isinstance(part, int | np.integer) or (part.__class__ is np.ndarray and not part.ndim):
            name = "SelectBackward0"
        elif part is not Ellipsis:
            return "IndexBackward0"
    return name


def _resize(node: Node) -> str:
    mode, dims = str(node.attrs["mode"]), _ndim(node.inputs[0]) - 2
    kind = "".join(part.capitalize() for part in mode.replace("_", "-").split("-"))
    return f"Upsample{kind}{dims}DBackward0"


def _of_labels(node: Node) -> str:
    return "NllLossBackward0" if _ndim(node.inputs[0]) <= 2 else "NllLoss2DBackward0"


RULES: dict[str, str | Callable[[Node], str]] = {
    "adaptive_avg_pool1d": "SqueezeBackward1",
    "adaptive_avg_pool2d": lambda node: (
        "MeanBackward1" if node.value.shape[-2:] == (1, 1) else "AdaptiveAvgPool2DBackward0"
    ),
    "adaptive_avg_pool3d": lambda node: (
        "MeanBackward1" if node.value.shape[-3:] == (1, 1, 1) else "AdaptiveAvgPool3DBackward0"
    ),
    "adaptive_max_pool1d_with_indices": "SqueezeBackward1",
    "adaptive_max_pool2d_with_indices": "AdaptiveMaxPool2DBackward0",
    "adaptive_max_pool3d_with_indices": "AdaptiveMaxPool3DBackward0",
    "amax": lambda node: "MaxBackward1" if node.attrs["dim"] is None else "AmaxBackward0",
    "amin": lambda node: "MinBackward1" if node.attrs["dim"] is None else "AminBackward0",
    "attention": "ScaledDotProductFlashAttentionForCpuBackward0",
    "avg_pool1d": "SqueezeBackward1",
    "avg_pool2d": "AvgPool2DBackward0",
    "avg_pool3d": "AvgPool3DBackward0",
    "batch_norm_of": "NativeBatchNormBackward0",
    "batch_norm_running": "NativeBatchNormBackward0",
    "binary_cross_entropy_of": "BinaryCrossEntropyBackward0",
    "binary_cross_entropy_of_scores": "BinaryCrossEntropyWithLogitsBackward0",
    "cast": _cast,
    "cholesky_lower": "LinalgCholeskyExBackward0",
    "clamp_between": "ClampBackward1",
    "clamp_max": "ClampBackward1",
    "clamp_min": "ClampBackward1",
    "contract": "ViewBackward0",
    "conv1d": _batched(1, "Convolution"),
    "conv2d": _batched(2, "Convolution"),
    "conv3d": _batched(3, "Convolution"),
    "conv_transpose1d": _batched(1, "Convolution"),
    "conv_transpose2d": _batched(2, "Convolution"),
    "conv_transpose3d": _batched(3, "Convolution"),
    "cosine_similarity": "SumBackward1",
    "cross_along": "LinalgCrossBackward0",
    "cross_entropy": "NllLossBackward0",
    "cross_entropy_of_classes": _of_labels,
    "cross_entropy_smoothed": _of_labels,
    "ctc_losses": "CtcLossBackward0",
    "deg2rad": "Deg2RadBackward0",
    "det": "LinalgDetBackward0",
    "deviation": "StdBackward0",
    "div": _div,
    "eigh_lower": "LinalgEighBackward0",
    "entr": "SpecialEntrBackward0",
    "expand_to": "ExpandBackward0",
    "flip_along": "FlipBackward0",
    "fmod": _by_second("FmodBackward0", "FmodBackward1"),
    "gather_along": "GatherBackward0",
    "gelu_exact": "GeluBackward0",
    "gelu_tanh": "GeluBackward0",
    "getitem": _index,
    "group_norm_of": "NativeGroupNormBackward0",
    "huber_loss_of": "HuberLossBackward0",
    "i1": "SpecialI1Backward0",
    "inv": "LinalgInvExBackward0",
    "kl_div_of": lambda node: _by_reduction("MulBackward0" if node.attrs["log_target"] else "SubBackward0")(node),
    "l1_loss": _by_reduction("AbsBackward0"),
    "layer_norm_of": "NativeLayerNormBackward0",
    "lerp": lambda node: "LerpBackward1" if isinstance(node.inputs[2], Node) else "LerpBackward0",
    "linear": _linear,
    "local_response_norm": "DivBackward0",
    "log1p": "Log1PBackward0",
    "log_ndtr": "SpecialLogNdtrBackward0",
    "logsigmoid": "LogSigmoidBackward0",
    "mT": "TransposeBackward0",
    "masked_fill": lambda node: "MaskedFillBackward1" if isinstance(node.inputs[2], Node) else "MaskedFillBackward0",
    "matmul": _matmul,
    "matrix_exp": "LinalgMatrixExpBackward0",
    "max_along": "MaxBackward0",
    "max_pool1d_with_indices": "SqueezeBackward1",
    "max_pool2d_with_indices": "MaxPool2DWithIndicesBackward0",
    "max_pool3d_with_indices": "MaxPool3DWithIndicesBackward0",
    "mean": _by_dim("Mean"),
    "median_along": "MedianBackward1",
    "median_of_all": "MedianBackward0",
    "min_along": "MinBackward0",
    "ndtr": "MulBackward1",
    "nll_loss_of": _of_labels,
    "pad_constant": "ConstantPadNdBackward0",
    "parametric_relu": "PreluKernelBackward0",
    "permute_to": "PermuteBackward0",
    "pinv_of": "LinalgPinvBackward0",
    "pow": _pow,
    "prod": _by_dim("Prod"),
    "qr_tall": "LinalgQrBackward0",
    "quantile": "SqueezeBackward4",
    "rad2deg": "Rad2DegBackward0",
    "relu6": "HardtanhBackward0",
    "remainder": _by_second("RemainderBackward0", "RemainderBackward1"),
    "reshape_to": _reshape,
    "resize": _resize,
    "rnn_sequence": "StackBackward0",
    "gru_sequence": "StackBackward0",
    "lstm_sequence": "MkldnnRnnLayerBackward0",
    "rms_norm_of": "MulBackward0",
    "roll_along": "RollBackward0",
    "scatter_add_along": "ScatterAddBackward0",
    "scatter_along": "ScatterBackward0",
    "selu": "EluBackward0",
    "setitem": "CopySlices",
    "slogdet": "LinalgSlogdetBackward0",
    "smooth_l1_loss_of": "SmoothL1LossBackward0",
    "softsign": "DivBackward0",
    "solve_matrix": "LinalgSolveExBackward0",
    "solve_triangular_matrix": "LinalgSolveTriangularBackward0",
    "square": "PowBackward0",
    "sub": _sub,
    "sum": _by_dim("Sum"),
    "svd_thin": "LinalgSvdBackward0",
    "tanhshrink": "SubBackward0",
    "variance": "VarBackward0",
    "vector_norm": "LinalgVectorNormBackward0",
    "where": "WhereBackward0",
    "xlog1py": "SpecialXlog1PyBackward0",
}


def _reshaped(node: Node) -> str:
    (x,) = node.inputs
    if not isinstance(x, Node) or _name(node) != "reshape_to":
        return _plainly(node)
    return "ViewBackward0" if x.value.flags.c_contiguous else "UnsafeViewBackward0"


def _iterated(node: Node) -> str:
    return "UnbindBackward0" if _name(node) == "getitem" else _plainly(node)


_SAME = {
    word: name + "Backward0"
    for name, words in {
        "Permute": "T permute movedim moveaxis",
        "Transpose": "transpose swapaxes swapdims mT H mH adjoint",
        "T": "t",
        "View": "view view_as unflatten",
        "Unsqueeze": "unsqueeze",
        "Split": "chunk split",
        "Unbind": "unbind",
        "Slice": "narrow tensor_split hsplit vsplit dsplit",
        "Select": "select",
        "IndexSelect": "index_select",
        "MaskedSelect": "masked_select",
        "Take": "take",
        "Diagonal": "diagonal",
        "Roll": "roll",
        "SplitWithSizes": "split_with_sizes",
        "DiagEmbed": "diag_embed diagflat",
        "Repeat": "repeat tile",
        "Rot90": "rot90",
        "Addmm": "addmm", "Addmv": "addmv", "Addr": "addr", "Addbmm": "addbmm", "Baddbmm": "baddbmm", "Addcdiv": "addcdiv", "Addcmul": "addcmul",
        "Bmm": "bmm", "Vdot": "vdot", "Trace": "trace", "Dist": "dist", "Cdist": "cdist", "Nansum": "nansum", "Ldexp": "ldexp",
        "IndexAdd": "index_add index_add_", "IndexPut": "index_put index_put_", "MaskedScatter": "masked_scatter masked_scatter_",
        "StdMean": "std_mean", "VarMean": "var_mean", "Aminmax": "aminmax", "Amax": "amax", "Amin": "amin", "NanToNum": "nan_to_num", "Logit": "logit", "Sgn": "sgn",
        "PixelShuffle": "pixel_shuffle", "PixelUnshuffle": "pixel_unshuffle", "ChannelShuffle": "channel_shuffle", "Im2Col": "unfold",
        "Mode": "mode", "Clone": "clone", "BlockDiag": "block_diag", "SoftMarginLoss": "soft_margin_loss",
    }.items()
    for word in words.split()
}  # fmt: skip
WORDS: dict[str, str | Callable[[Node], str]] = {
    **_SAME,
    **{name: f"{_camel(name)}Backward0" for name in ("bernoulli", "poisson")},
    **{f"{name}_": f"{_camel(name)}Backward0" for name in ("uniform", "normal", "exponential")},
    "reshape": _reshaped,
    "flatten": _reshaped,
    "ravel": _reshaped,
    "reshape_as": _reshaped,
    "diag": lambda node: "DiagonalBackward0_copy" if node.value.ndim == 1 else "DiagEmbedBackward0",
    "squeeze()": "SqueezeBackward0",
    "squeeze": "SqueezeBackward1",
    "list": _iterated,
    "tuple": _iterated,
}
