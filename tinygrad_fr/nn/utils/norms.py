"""Weights that are normalised whenever they are read: by their own length, or by their largest singular value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_fr.arguments.fits import dimension
from tinygrad_fr.errors import RangeError, UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.modes import no_grad
from tinygrad_fr.nn import functional as F
from tinygrad_fr.nn.module import Module
from tinygrad_fr.nn.parameter import Parameter

if TYPE_CHECKING:
    from tinygrad_fr.handles.tensor import Tensor

TRANSPOSED = ("ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d")


def norm_except_dim(v: Any, dim: int | None) -> Any:
    """The length of a tensor, or of each slice along a dimension.

    Example:
        >>> import tinygrad_fr as tg
        >>> norm_except_dim(tg.tensor([[3.0, 4.0], [6.0, 8.0]]), 0)
        tensor([[ 5.],
                [10.]])
    """
    if dim is None or dim == -1:
        return v.norm()
    kept = dimension(dim, v.ndim)
    others = [d for d in range(v.ndim) if d != kept]
    return (v * v).sum(others, keepdim=True).sqrt() if others else v.abs()


def normalised(v: Any, g: Any, dim: int | None) -> Any:
    """The direction of v with the length g."""
    return v * (g / norm_except_dim(v, dim))


def matrix(weight: Any, dim: int) -> Any:
    """A weight as a matrix whose rows are the slices along a dimension."""
    if dim:
        weight = weight.permute(dim, *(d for d in range(weight.ndim) if d != dim))
    return weight.flatten(1)


def dimension_of(module: Any, weight: Any, dim: int | None) -> int:
    """The dimension of the outputs, unless told."""
    if dim is None:
        return 1 if any(kind.__name__ in TRANSPOSED for kind in type(module).__mro__) else 0
    if not -weight.ndim <= dim < weight.ndim:
        raise RangeError(
            _("spectral_norm: expected a dimension from {low} to {high}, got {found}").format(
                low=-weight.ndim, high=weight.ndim - 1, found=dim
            )
        )
    return dim % weight.ndim


class WeightNorm(Module):
    """Of a length and a direction, a weight."""

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, weight_g: Any, weight_v: Any) -> Tensor:
        """The weight."""
        found: Tensor = normalised(weight_v, weight_g, self.dim)
        return found

    def right_inverse(self, weight: Any) -> tuple[Any, Any]:
        """Length and direction of a weight."""
        return norm_except_dim(weight, self.dim), weight

    def _get_name(self) -> str:
        return "_WeightNorm"


class SpectralNorm(Module):
    """A weight divided by its largest singular value, which power iteration follows."""

    def __init__(self, weight: Any, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        if n_power_iterations < 1:
            raise UsageError(_("n_power_iterations: expected at least 1, got {found}").format(found=n_power_iterations))
        self.dim, self.eps, self.n_power_iterations = dim, eps, n_power_iterations
        if weight.ndim > 1:
            rows = matrix(weight.detach(), dim)
            height, width = rows.shape
            u, v = rows.new_zeros(height).normal_(0, 1), rows.new_zeros(width).normal_(0, 1)
            self.register_buffer("_u", F.normalize(u, dim=0, eps=eps))
            self.register_buffer("_v", F.normalize(v, dim=0, eps=eps))
            self._iterate(rows, 15)

    _u: Tensor
    _v: Tensor

    def _iterate(self, rows: Any, times: int) -> None:
        with no_grad():
            for _time in range(times):
                self._u.copy_(F.normalize(rows.mv(self._v), dim=0, eps=self.eps))
                self._v.copy_(F.normalize(rows.mT.mv(self._u), dim=0, eps=self.eps))

    def forward(self, weight: Any) -> Tensor:
        """The weight, divided."""
        if weight.ndim == 1:
            return F.normalize(weight, dim=0, eps=self.eps)
        rows = matrix(weight, self.dim)
        if self.training:
            self._iterate(rows.detach(), self.n_power_iterations)
        found: Tensor = weight / self._u.clone().dot(rows.mv(self._v.clone()))
        return found

    def right_inverse(self, value: Any) -> Any:
        """The weight itself."""
        return value

    def _get_name(self) -> str:
        return "_SpectralNorm"


class _Before:
    """What is done before each call of a module, in the way of before there were parametrizations."""

    def __init__(self, name: str) -> None:
        self.name = name

    def compute(self, module: Any) -> Any:
        """The weight."""
        raise NotImplementedError

    def __call__(self, module: Any, _inputs: Any) -> None:
        object.__setattr__(module, self.name, self.compute(module))


class OldWeightNorm(_Before):
    """``name_g`` and ``name_v`` are learnt."""

    def __init__(self, name: str, dim: int | None) -> None:
        super().__init__(name)
        self.dim = dim

    def compute(self, module: Any) -> Any:
        """The weight."""
        return normalised(getattr(module, f"{self.name}_v"), getattr(module, f"{self.name}_g"), self.dim)


class OldSpectralNorm(_Before):
    """``name_orig`` is learnt; ``name_u`` and ``name_v`` follow its singular vectors."""

    def __init__(self, name: str, iterations: int, dim: int, eps: float) -> None:
        super().__init__(name)
        self.iterations, self.dim, self.eps = iterations, dim, eps

    def compute(self, module: Any) -> Any:
        """The weight."""
        weight = getattr(module, f"{self.name}_orig")
        u, v = getattr(module, f"{self.name}_u"), getattr(module, f"{self.name}_v")
        rows = matrix(weight, self.dim)
        if module.training:
            with no_grad():
                for _time in range(self.iterations):
                    v.copy_(F.normalize(rows.detach().mT.mv(u), dim=0, eps=self.eps))
                    u.copy_(F.normalize(rows.detach().mv(v), dim=0, eps=self.eps))
        return weight / u.clone().dot(rows.mv(v.clone()))


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """Learn a weight as a length ``name_g`` and a direction ``name_v``, in PyTorch's older way.

    Example:
        >>> from tinygrad_fr import nn
        >>> sorted(nn.utils.weight_norm(nn.Linear(2, 3)).state_dict())
        ['bias', 'weight_g', 'weight_v']
    """
    weight = _taken(module, name, OldWeightNorm)
    rule = OldWeightNorm(name, dim)
    module.register_parameter(f"{name}_g", Parameter(norm_except_dim(weight.detach(), dim)))
    module.register_parameter(f"{name}_v", Parameter(weight.detach()))
    rule(module, ())
    module.register_forward_pre_hook(rule)
    return module


def spectral_norm(
    module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Any:
    """Divide a weight by its largest singular value, in PyTorch's older way.

    Example:
        >>> from tinygrad_fr import nn
        >>> sorted(nn.utils.spectral_norm(nn.Linear(2, 3)).state_dict())
        ['bias', 'weight_orig', 'weight_u', 'weight_v']
    """
    weight = _taken(module, name, OldSpectralNorm)
    rule = OldSpectralNorm(name, n_power_iterations, dimension_of(module, weight, dim), eps)
    rows = matrix(weight.detach(), rule.dim)
    height, width = rows.shape
    u = F.normalize(rows.new_zeros(height).normal_(0, 1), dim=0, eps=eps)
    v = F.normalize(rows.new_zeros(width).normal_(0, 1), dim=0, eps=eps)
    module.register_parameter(f"{name}_orig", Parameter(weight.detach()))
    object.__setattr__(module, name, weight.detach())
    module.register_buffer(f"{name}_u", u)
    module.register_buffer(f"{name}_v", v)
    module.register_forward_pre_hook(rule)
    return module


def _taken(module: Any, name: str, kind: type[_Before]) -> Any:
    """The parameter of a name, taken out of a module."""
    if any(isinstance(each.hook, kind) and each.hook.name == name for each in module._hooked().before.values()):
        raise UsageError(_("{name} of {module} is normalised already").format(name=name, module=type(module).__name__))
    weight = module._parameters.get(name)
    if weight is None:
        raise UsageError(_("{module} has no parameter {name}").format(module=type(module).__name__, name=name))
    delattr(module, name)
    return weight


def _removed(module: Any, name: str, kind: type[_Before], *own: str) -> Any:
    hooks = module._hooked().before
    for key, each in tuple(hooks.items()):
        if isinstance(each.hook, kind) and each.hook.name == name:
            training, module.training = module.training, False
            value = each.hook.compute(module).detach()
            module.training = training
            del hooks[key]
            for suffix in own:
                delattr(module, f"{name}_{suffix}")
            object.__delattr__(module, name)
            module.register_parameter(name, Parameter(value))
            return module
    raise UsageError(_("{name} of {module} is not normalised").format(name=name, module=type(module).__name__))


def remove_weight_norm(module: Any, name: str = "weight") -> Any:
    """Make a normalised weight a plain parameter again.

    Example:
        >>> from tinygrad_fr import nn
        >>> sorted(nn.utils.remove_weight_norm(nn.utils.weight_norm(nn.Linear(2, 3))).state_dict())
        ['bias', 'weight']
    """
    return _removed(module, name, OldWeightNorm, "g", "v")


def remove_spectral_norm(module: Any, name: str = "weight") -> Any:
    """Make a normalised weight a plain parameter again.

    Example:
        >>> from tinygrad_fr import nn
        >>> sorted(nn.utils.remove_spectral_norm(nn.utils.spectral_norm(nn.Linear(2, 3))).state_dict())
        ['bias', 'weight']
    """
    return _removed(module, name, OldSpectralNorm, "orig", "u", "v")
