"""Which dtypes an operation accepts, where PyTorch has no kernel for the others or converts none.

Element-wise operations promote their operands, and say what they take among their own kinds. The rules here are those of
the other operations and of the functions that choose among them, by name, read where each is called with tensors. What the
package computes inside on arrays is its own affair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_fr.errors import DtypeError
from tinygrad_fr.locale import _
from tinygrad_fr.promotion.dtype import result_type
from tinygrad_fr.record.node import Node
from tinygrad_fr.source.site import caller

if TYPE_CHECKING:
    from collections.abc import Iterable


def _dtypes(names: str) -> frozenset[np.dtype[Any]]:
    return frozenset(np.dtype(name) for name in names.split())


HALF, SINGLE, INTEGERS = _dtypes("float16"), _dtypes("float32 float64"), _dtypes("int8 int16 int32 int64 uint8")
FLOATS, BOOL, LONG = HALF | SINGLE, _dtypes("bool"), _dtypes("int64")
NUMBERS, EVERY = FLOATS | INTEGERS, FLOATS | INTEGERS | BOOL


class Rule(NamedTuple):
    """What an operation accepts.

    Attributes:
        dtypes: the dtypes that each of its tensors may have.
        same: whether they must all have the same.
        common: whether the dtypes are said of the one that the tensors have in common, and not of each.
        first: of how many of its tensors this is said.
    """

    dtypes: frozenset[np.dtype[Any]]
    same: bool = False
    common: bool = False
    first: int = 99


_NAMES = {
    Rule(FLOATS): "norm std var std_mean var_mean nanmean histc normalize glu logcumsumexp vector_norm matrix_norm matrix_exp kl_div"
    " group_norm batch_norm instance_norm binary_cross_entropy",
    Rule(FLOATS, first=1): "nll_loss cross_entropy binary_cross_entropy_with_logits",
    Rule(FLOATS, same=True): "layer_norm",
    Rule(SINGLE, first=1): "matrix_rank",
    Rule(FLOATS, common=True): "cosine_similarity mse_loss l1_loss smooth_l1_loss huber_loss",
    Rule(SINGLE, same=True): "det slogdet inv inv_ex cholesky cholesky_ex cholesky_lower qr qr_tall svd_thin eigh eigvalsh eig eigvals svd svdvals cond logdet"
    " cdist pinv lstsq solve solve_triangular cholesky_solve cholesky_inverse",
    Rule(SINGLE | LONG): "local_response_norm",
    Rule(INTEGERS, first=1): "bincount",
    Rule(NUMBERS): "argmax argmin median nanmedian topk kthvalue trace positive trapezoid cumulative_trapezoid",
    Rule(NUMBERS - _dtypes("uint8")): "gradient",
    Rule(NUMBERS, same=True): "matmul contract linear conv1d conv2d conv3d bilinear addmm baddbmm addbmm",
    Rule(NUMBERS, common=True): "addcmul",
    Rule(FLOATS | LONG, same=True): "conv_transpose1d conv_transpose2d conv_transpose3d",
    Rule(FLOATS | BOOL): "col2im im2col",
    Rule(EVERY, same=True): "isclose allclose cross cross_along inner vdot addmv tensordot multi_dot chain_matmul",
}  # fmt: skip
RULES = {name: rule for rule, names in _NAMES.items() for name in names.split()}


def check(name: str, rule: Rule, given: Iterable[Any]) -> None:
    """Refuse tensors that a rule does not accept; numbers, Scalars and what is no tensor are not its affair.

    Raises:
        DtypeError: one of them has another dtype.

    Example:
        >>> import tinygrad_fr as tg
        >>> check("norm", RULES["norm"], [tg.ones(2)])
    """
    given = tuple(given)
    if _usual(rule, given):
        return
    values = [x.value for x in _nodes(given) if x.value.__class__ is np.ndarray][: rule.first]
    if not values:
        return
    expected = values[0].dtype
    found = [result_type(*values)] if rule.common else [value.dtype for value in values]
    for dtype in found:
        if dtype not in rule.dtypes:
            names = ", ".join(each.name for each in sorted(rule.dtypes, key=lambda each: (each.kind, each.itemsize)))
            raise DtypeError(
                _("{name}: expected elements of {expected}, got {found} ({where})").format(
                    name=name, expected=names, found=dtype, where=caller().where
                )
            )
        if rule.same and dtype != expected:
            raise DtypeError(
                _("{name}: expected tensors of one dtype, got {expected} and {found} ({where})").format(
                    name=name, expected=expected, found=dtype, where=caller().where
                )
            )


def _usual(rule: Rule, given: tuple[Any, ...]) -> bool:
    """Whether each tensor is of an accepted dtype, and of the same one where that is asked: without a look at anything else."""
    expected, count = None, 0
    for x in given:
        if isinstance(x, Node):
            value = x.value
            if value.__class__ is not np.ndarray:
                continue
            if expected is None:
                expected = value.dtype
                if expected not in rule.dtypes:
                    return False
            elif value.dtype is not expected and (rule.same or rule.common or value.dtype not in rule.dtypes):
                return False
            count += 1
            if count == rule.first:
                return True
        elif (x.__class__ is list or x.__class__ is tuple) and any(isinstance(each, Node) for each in x):
            return False
    return True


def _nodes(given: Iterable[Any]) -> Iterable[Any]:
    for x in given:
        if isinstance(x, Node):
            yield x
        elif x.__class__ is list or x.__class__ is tuple:
            yield from (each for each in x if isinstance(each, Node))
