"""``torch.utils.checkpoint``: parts of a model that PyTorch runs again in the backward pass, to hold less memory.

Here the record keeps every operation, since pictures and steps read it; what one sees of a second run is done all the same: the
function is called again when the gradient arrives, from the same random numbers, so that counters and running statistics are PyTorch's.
"""

from __future__ import annotations

import warnings
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import UsageError
from tinygrad_fr.generators import default, fork_rng
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import enable_grad, no_grad
from tinygrad_fr.nn.container import Sequential
from tinygrad_fr.record.mode import now, untaped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["checkpoint", "checkpoint_sequential"]


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple[Any, Any]] | None = None,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """Call a function, and call it again when the gradient of its result arrives.

    Args:
        function: a part of a model.
        args: its arguments.
        use_reentrant: True, PyTorch's default with a warning, asks that an argument require a gradient, else the result has none.
        context_fn: makes the two contexts in which it is called.
        determinism_check: accepted.
        debug: accepted.
        early_stop: accepted; the second call runs to its end.
        preserve_rng_state: draw the same random numbers again.
        kwargs: further arguments of the function, where ``use_reentrant`` is False.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([1.0, 2.0], requires_grad=True)
        >>> checkpoint(lambda x: x**3, x, use_reentrant=False).sum().backward()
        >>> x.grad
        tensor([ 3., 12.])
    """
    untaped(_("it calls checkpoint(), whose function is called again on the way back"))
    if use_reentrant is None:
        warnings.warn(
            _("checkpoint: use_reentrant should be given; True is taken, and False is recommended"), stacklevel=2
        )
        use_reentrant = True
    if use_reentrant and (kwargs or context_fn is not None):
        raise UsageError(
            _("checkpoint: with use_reentrant=True no other argument is taken, got {found}").format(
                found=", ".join(kwargs) or "context_fn"
            )
        )
    first, second = context_fn() if context_fn is not None else (nullcontext(), nullcontext())
    start, wanted = default.get_state(), now().grad
    if use_reentrant and not any(isinstance(x, Tensor) and x.requires_grad for x in args):
        if wanted:
            warnings.warn(_("checkpoint: no argument requires a gradient, so the result has none"), stacklevel=2)
        with no_grad():
            return function(*args)
    with first:
        result = function(*args, **kwargs)
    again = [True]

    def arrived(_gradient: Any) -> None:
        if not again.pop():
            return
        again.append(False)
        with fork_rng(enabled=preserve_rng_state), enable_grad(), second:
            if preserve_rng_state:
                default.set_state(start)
            function(
                *[x.detach().requires_grad_(x.requires_grad) if isinstance(x, Tensor) else x for x in args], **kwargs
            )

    for part in result if isinstance(result, tuple | list) else (result,):
        if isinstance(part, Tensor) and part.requires_grad and not part.is_leaf:
            part.register_hook(arrived)
    return result


def checkpoint_sequential(
    functions: Sequential | Sequence[Callable[..., Any]],
    segments: int,
    input: Any,
    use_reentrant: bool | None = None,
    *,
    preserve_rng_state: bool = True,
) -> Any:
    """A chain of functions in segments, each but the last under :func:`checkpoint`.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([0.5], requires_grad=True)
        >>> checkpoint_sequential([tg.sin, tg.exp, tg.square], 2, x, use_reentrant=False).backward()
        >>> round(x.grad.item(), 3)
        4.579
    """
    if use_reentrant is None:
        warnings.warn(
            _("checkpoint: use_reentrant should be given; True is taken, and False is recommended"), stacklevel=2
        )
        use_reentrant = True
    chain = list(functions.children()) if isinstance(functions, Sequential) else list(functions)
    size, end, x = len(chain) // segments, -1, input

    def part(start: int, end: int) -> Callable[[Any], Any]:
        def run(x: Any) -> Any:
            for each in chain[start : end + 1]:
                x = each(x)
            return x

        return run

    for start in range(0, size * (segments - 1), size):
        end = start + size - 1
        x = checkpoint(part(start, end), x, use_reentrant=use_reentrant, preserve_rng_state=preserve_rng_state)
    return part(end + 1, len(chain) - 1)(x)
