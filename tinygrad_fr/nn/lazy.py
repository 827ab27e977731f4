"""Layers whose number of inputs is read off the first batch, under PyTorch's names.

Parameters are there from the start, so that an optimizer can be given them; their numbers are drawn at the first call, when the
layer becomes the plain one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.nn import batchnorm, conv, instancenorm, linear
from tinygrad_fr.nn.module import Module
from tinygrad_fr.nn.parameter import Parameter, UninitializedParameter
from tinygrad_fr.random import get_rng_state, set_rng_state

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Lazy(Module):
    """A layer that becomes another one at its first call."""

    _becomes: type[Any]
    _ready = False  # whether weights that were loaded have said the sizes
    _side = 1  # the dimension of the first input that says how many inputs there are
    _parameters_of = ("weight", "bias")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__()
        more = ("affine", "track_running_stats") if issubclass(self._becomes, instancenorm._InstanceNorm) else ()
        options = {**dict.fromkeys(more[max(0, len(args) - 2) :], True), **options}
        self._given = args, options
        self.training = True
        for name in self._parameters_of:
            if self._has(name):
                self.register_parameter(name, UninitializedParameter())
            else:
                self.register_parameter(name, None)

    def _has(self, name: str) -> bool:
        _args, options = self._given
        norm = issubclass(self._becomes, batchnorm._NormBase)
        return bool((options.get("affine", True) or not norm) and (name != "bias" or options.get("bias", True)))

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Become the plain layer, and run it."""
        if self._ready:
            del self.__dict__["_given"], self.__dict__["_ready"]
            self.__class__ = self._becomes
        else:
            self._materialize(args[0] if args else options["input"])
        return self(*args, **options)

    def _materialize(self, x: Tensor) -> None:
        self._become(x.shape[self._side])

    def _sized_by(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        """Take the parameters of the plain layer, by the shapes of weights that are loaded; nothing is drawn.

        It is written, and counts, as a lazy one until its first batch.
        """
        if self._ready:
            return
        shape = shapes.get("weight") or shapes.get("running_mean")
        if not shape:
            return
        transposed, norm = (
            issubclass(self._becomes, conv._ConvTransposeNd),
            issubclass(self._becomes, batchnorm._NormBase),
        )
        given, options = self._given
        groups = given[5] if len(given) > 5 else options.get("groups", 1)
        count = shape[0] if transposed or norm else shape[1] * groups
        state, lazy = get_rng_state(), type(self)
        try:
            self._become(count)
        finally:
            set_rng_state(state)
        self.__class__ = lazy
        self._given, self._ready = (given, options), True

    def _become(self, count: int) -> None:
        given, options = self._given
        plain = self._becomes(count, *given, **options)
        kept = {name: own for name, own in self._parameters.items() if own is not None}
        for name, value in plain.__dict__.items():
            if name not in ("_name", "_parameters", "_hooks", "training"):
                self.__dict__[name] = value
        for name, drawn in plain._parameters.items():
            own: Any = kept.get(name)
            if own is None or drawn is None:
                self._parameters[name] = drawn
            else:
                own.__class__ = Parameter
                own.current.rebind(drawn.current.value)
                self._parameters[name] = own
            object.__setattr__(self, name, self._parameters[name])
        del self.__dict__["_given"]
        self.__class__ = self._becomes

    def extra_repr(self) -> str:
        """What the plain layer says of no inputs."""
        args, options = self._given
        state = get_rng_state()
        try:
            return str(self._becomes(0, *args, **options).extra_repr())
        finally:
            set_rng_state(state)


def _lazy(plain: type[Any], side: int = 1) -> type[Any]:
    name = f"Lazy{plain.__name__}"
    shape = "(2, 5)" if side == -1 or plain.__name__.endswith("BatchNorm1d") else "(2, 3" + ", 8" * int(name[-2]) + ")"
    call = "" if "Norm" in name else "4" if plain is linear.Linear else "4, 3"
    doc = f"""{plain.__name__} whose number of inputs is read off the first batch.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> layer = nn.{name}({call})
        >>> out = layer(tg.ones{shape})
        >>> type(layer).__name__
        '{plain.__name__}'
    """
    return type(name, (_Lazy,), {"_becomes": plain, "_side": side, "__doc__": doc, "__module__": __name__})


LazyLinear = _lazy(linear.Linear, side=-1)
LazyConv1d = _lazy(conv.Conv1d)
LazyConv2d = _lazy(conv.Conv2d)
LazyConv3d = _lazy(conv.Conv3d)
LazyConvTranspose1d = _lazy(conv.ConvTranspose1d)
LazyConvTranspose2d = _lazy(conv.ConvTranspose2d)
LazyConvTranspose3d = _lazy(conv.ConvTranspose3d)
LazyBatchNorm1d = _lazy(batchnorm.BatchNorm1d)
LazyBatchNorm2d = _lazy(batchnorm.BatchNorm2d)
LazyBatchNorm3d = _lazy(batchnorm.BatchNorm3d)
LazyInstanceNorm1d = _lazy(instancenorm.InstanceNorm1d)
LazyInstanceNorm2d = _lazy(instancenorm.InstanceNorm2d)
LazyInstanceNorm3d = _lazy(instancenorm.InstanceNorm3d)
