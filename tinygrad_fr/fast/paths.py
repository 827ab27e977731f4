"""The paths of this package as the core's accelerator."""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.fast.backward import sweep
from tinygrad_fr.fast.by_name import counted, in_place_call
from tinygrad_fr.fast.composite import composite_arrays, composite_call, composite_vjp
from tinygrad_fr.fast.elementwise import exchanged_call, written_arrays, written_call, written_vjp
from tinygrad_fr.fast.functions import function_call
from tinygrad_fr.fast.fused import fused, fused_vjp, reads
from tinygrad_fr.fast.generated_code import WrittenWhenAsked
from tinygrad_fr.fast.kernel_choice import on_arrays
from tinygrad_fr.fast.rows import gradient_of_rows
from tinygrad_fr.fast.structured import structured_arrays, structured_call, structured_vjp
from tinygrad_fr.fast.update import update
from tinygrad_fr.fast.views import cut_call, detached_call, views_call
from tinygrad_fr.ops.definition.composite import Composite
from tinygrad_fr.ops.definition.elementwise import Elementwise
from tinygrad_fr.ops.definition.structured import Structured
from tinygrad_fr.ops.shared.large import contiguous
from tinygrad_fr.record.accelerator import Accelerator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Fast(Accelerator):
    """The paths of this package."""

    compiles = kernels = True

    def call(self, op: Any, general: Callable[..., Any]) -> Callable[..., Any]:
        """Generated code."""
        if isinstance(op, FunctionType):
            return self._function(op, general)
        if isinstance(op, Elementwise):
            call = written_call(op, general)
        else:
            call = structured_call(op, general) if isinstance(op, Structured) else composite_call(op, general)
        counted(op, getattr(call, "__signature__", None))
        return call

    def _function(self, choose: Any, general: Callable[..., Any]) -> Callable[..., Any]:
        if hasattr(choose, "cutting"):
            op, cuts = choose.cutting
            return cut_call(op, cuts, general)
        if hasattr(choose, "detaches"):
            return detached_call(general)
        if hasattr(choose, "exchanges"):
            return exchanged_call(choose.exchanges, general)
        if hasattr(choose, "in_place"):
            return in_place_call(choose.in_place, general)
        usual = function_call(choose, general)
        return views_call(choose, usual) if hasattr(choose, "by_shape") else usual

    def call_on_arrays(self, op: Any, general: Callable[..., Any]) -> Callable[..., Any]:
        """Generated code."""
        if isinstance(op, Elementwise):
            return written_arrays(op, general)
        return structured_arrays(op, general) if isinstance(op, Structured) else composite_arrays(op, general)

    def vjp(self, op: Any, general: Callable[..., Any]) -> Callable[..., Any]:
        """Generated code, written when it is first needed; or a composite's fused kernel."""
        if isinstance(op, Composite):
            return WrittenWhenAsked(composite_vjp, op, fused_vjp(op, general))
        return WrittenWhenAsked(written_vjp if isinstance(op, Elementwise) else structured_vjp, op, general)

    def on_arrays(self, args: tuple[str, ...], expression: Any, general: Callable[..., Any]) -> Callable[..., Any]:
        """A kernel for large arrays, where one was measured to pay."""
        return on_arrays(args, expression, general)

    def sweep(self, general: Callable[..., Any]) -> Callable[..., Any]:
        """The same loop with its parts inlined."""
        return sweep

    def fused(self, op: Any, inputs: Sequence[Any], attrs: Mapping[str, Any]) -> Any:
        """The fused kernel that a composite names for these attributes."""
        return fused(op, inputs, attrs)

    def reads(self, op: Any, node: Any, position: int) -> bool:
        """As the fused kernel says."""
        return reads(op, node, position)

    def rows(self, index: Any, count: int, summed: Callable[[Any, int], Any]) -> Any:
        """The rows that were read alone, where they are few of many."""
        return gradient_of_rows(index, count, summed)

    def laid(self, gradient: Any, like: Any) -> Any:
        """A matrix that comes transposed, as the gradient of ``x.T`` does, by a kernel."""
        turned = gradient.__class__ is np.ndarray and gradient.ndim == 2 and not gradient.flags.c_contiguous
        if turned and like.flags.c_contiguous and not np.may_share_memory(gradient, like):
            return contiguous(gradient)
        return super().laid(gradient, like)

    def stays_lazy(self, gradient: Any, leaf: Any) -> bool:
        """At a leaf of its own dtype."""
        return leaf.op is None and gradient.dtype is leaf.value.dtype

    def update(self, optimizer: Any, node: Any, group: dict[str, Any]) -> bool:
        """Of a table of which few rows were read, these rows alone."""
        return update(optimizer, node, group)


ACCELERATOR = Fast()
