"""Parts of tensors set to 0 and kept so, under the names of ``torch.nn.utils.prune``.

A parameter ``weight`` that is pruned is learnt as ``weight_orig``; beside it stands the buffer ``weight_mask``, and before every call of
the module ``weight`` becomes their product.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar

from tinygrad_fr import random
from tinygrad_fr.errors import DataError, DtypeError, RangeError, ShapeError, UsageError
from tinygrad_fr.handles.creation import ones_like, zeros_like
from tinygrad_fr.linalg import vector_norm
from tinygrad_fr.locale import _
from tinygrad_fr.nn.utils.vector import parameters_to_vector

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def _count(amount: Any, size: int) -> int:
    """How many of so many an amount means: a number of them, or a share."""
    count = int(amount) if isinstance(amount, Integral) else round(float(amount) * size)
    if count > size:
        raise DataError(_("amount: expected at most {most}, got {found}").format(most=size, found=count))
    return count


class BasePruningMethod(ABC):
    """A way to choose what is set to 0: subclasses say it in ``compute_mask``.

    Attributes:
        PRUNING_TYPE: ``unstructured`` chooses among elements that are not 0 yet, ``structured`` among channels, ``global`` sees all.

    Example:
        >>> from tinygrad_fr import nn
        >>> class EveryOther(nn.utils.prune.BasePruningMethod):
        ...     PRUNING_TYPE = "unstructured"
        ...     def compute_mask(self, t, default_mask):
        ...         mask = default_mask.clone()
        ...         mask.view(-1)[::2] = 0
        ...         return mask
        >>> layer = nn.Linear(4, 1)
        >>> EveryOther.apply(layer, "weight").__class__.__name__
        'EveryOther'
        >>> layer.weight_mask
        tensor([[0., 1., 0., 1.]])
    """

    PRUNING_TYPE: ClassVar[str] = "global"
    _tensor_name: str = ""

    def __call__(self, module: Any, inputs: Any) -> None:
        """Make the tensor anew: what the module does before every call."""
        setattr(module, self._tensor_name, self.apply_mask(module))

    @abstractmethod
    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask of a tensor, given the one that it has so far."""

    def apply_mask(self, module: Any) -> Any:
        """What is learnt times the mask."""
        mask = getattr(module, f"{self._tensor_name}_mask")
        original = getattr(module, f"{self._tensor_name}_orig")
        return mask.to(dtype=original.dtype) * original

    @classmethod
    def apply(cls, module: Any, name: str, *args: Any, importance_scores: Any = None, **kwargs: Any) -> Any:
        """Prune a tensor of a module, on top of what was pruned before."""
        method: Any = cls(*args, **kwargs)
        method._tensor_name = name
        before = _of(module, name)
        tensor = getattr(module, name)
        scores = tensor if importance_scores is None else importance_scores
        if tuple(scores.shape) != tuple(tensor.shape):
            raise ShapeError(
                _("importance_scores: expected shape {expected}, got {found}").format(
                    expected=tuple(tensor.shape), found=tuple(scores.shape)
                )
            )
        if before is None:
            mask = method.compute_mask(scores, default_mask=ones_like(tensor))
            delattr(module, name)
            module.register_parameter(f"{name}_orig", tensor)
        else:
            key, held = before
            container = held if isinstance(held, PruningContainer) else PruningContainer(held)
            container.add_pruning_method(method)
            method = container
            mask = method.compute_mask(scores, default_mask=getattr(module, f"{name}_mask").detach().clone())
            del module._hooks.before[key]
        module.register_buffer(f"{name}_mask", mask.detach())
        setattr(module, name, method.apply_mask(module))
        module.register_forward_pre_hook(method)
        return method

    def prune(self, t: Any, default_mask: Any = None, importance_scores: Any = None) -> Any:
        """A tensor with what is chosen set to 0, without a module."""
        mask = ones_like(t) if default_mask is None else default_mask
        return t * self.compute_mask(t if importance_scores is None else importance_scores, default_mask=mask)

    def remove(self, module: Any) -> None:
        """Make the tensor a plain parameter again, with its zeros."""
        name = self._tensor_name
        value, original = self.apply_mask(module), getattr(module, f"{name}_orig")
        delattr(module, name)
        original.data = value.detach()
        delattr(module, f"{name}_orig")
        delattr(module, f"{name}_mask")
        module.register_parameter(name, original)


class PruningContainer(BasePruningMethod):
    """Several ways one after the other, each on what the former left.

    Example:
        >>> from tinygrad_fr import nn
        >>> layer = nn.Linear(4, 2)
        >>> for _time in range(2):
        ...     _layer = nn.utils.prune.l1_unstructured(layer, "weight", amount=2)
        >>> int(layer.weight_mask.sum())
        4
    """

    def __init__(self, *args: BasePruningMethod) -> None:
        self._pruning_methods: tuple[BasePruningMethod, ...] = ()
        if args:
            self._tensor_name = args[0]._tensor_name
        for method in args:
            self.add_pruning_method(method)

    def add_pruning_method(self, method: Any) -> None:
        """Enter one more, for the same tensor."""
        if not isinstance(method, BasePruningMethod):
            raise DtypeError(
                _("{name}: expected a BasePruningMethod, got {found}").format(
                    name="add_pruning_method", found=type(method).__name__
                )
            )
        if method._tensor_name != self._tensor_name:
            raise DataError(
                _("add_pruning_method: expected one for {expected}, got one for {found}").format(
                    expected=self._tensor_name, found=method._tensor_name
                )
            )
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[BasePruningMethod]:
        return iter(self._pruning_methods)

    def __getitem__(self, index: int) -> BasePruningMethod:
        return self._pruning_methods[index]

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask of the last way, where it may still choose."""
        method = self._pruning_methods[-1]
        mask = default_mask.to(dtype=t.dtype).clone()
        if method.PRUNING_TYPE == "unstructured":
            left: Any = default_mask == 1
        elif method.PRUNING_TYPE == "structured":
            dim = range(t.dim())[getattr(method, "dim", 0)]
            left = [slice(None)] * t.dim()
            left[dim] = default_mask.sum(dim=[d for d in range(t.dim()) if d != dim]) != 0
            left = tuple(left)
        elif method.PRUNING_TYPE == "global":
            left = (slice(None),) * t.dim()
        else:
            raise UsageError(
                _("PRUNING_TYPE: expected unstructured, structured or global, got {found}").format(
                    found=method.PRUNING_TYPE
                )
            )
        mask[left] = method.compute_mask(t[left], default_mask=default_mask[left]).to(dtype=mask.dtype)
        return mask


class Identity(BasePruningMethod):
    """Nothing is set to 0.

    Example:
        >>> from tinygrad_fr import nn
        >>> float(nn.utils.prune.identity(nn.Linear(2, 2), "weight").weight_mask.sum())
        4.0
    """

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask as it is."""
        return default_mask


class _Amount(BasePruningMethod):
    """A way that is told how many, or which share."""

    def __init__(self, amount: Any) -> None:
        if not isinstance(amount, Real):
            raise DtypeError(_("amount: expected a number, got {found}").format(found=type(amount).__name__))
        if float(amount) < 0 or (float(amount) > 1 and not isinstance(amount, Integral)):
            raise DataError(
                _("amount: expected a share between 0 and 1 or a number of elements, got {found}").format(found=amount)
            )
        self.amount = amount

    def _without(self, t: Any, mask: Any, scores: Any, largest: bool) -> Any:
        count = _count(self.amount, t.numel())
        mask = mask.clone()
        if count:
            mask.view(-1)[scores.reshape(-1).topk(count, largest=largest)[1]] = 0
        return mask

    def _channels(self, t: Any, dim: int) -> int:
        if t.dim() <= 1:
            raise ShapeError(
                _("structured pruning: expected two dimensions or more, got {found}").format(found=tuple(t.shape))
            )
        if not -t.dim() <= dim < t.dim():
            raise RangeError(_("dim: expected one of {most}, got {found}").format(most=t.dim(), found=dim))
        return int(t.shape[dim])


class RandomUnstructured(_Amount):
    """Elements chosen at random.

    Example:
        >>> from tinygrad_fr import nn
        >>> float(nn.utils.prune.random_unstructured(nn.Linear(4, 2), "weight", amount=3).weight_mask.sum())
        5.0
    """

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask without as many as the amount says, each as likely as the others."""
        count = _count(self.amount, t.numel())
        return self._without(t, default_mask, random.rand_like(t), True) if count else default_mask.clone()


class L1Unstructured(_Amount):
    """The elements of least absolute value.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.utils.prune.L1Unstructured(amount=0.5).prune(tensor([1.0, -3.0, 2.0, -0.5]))
        tensor([ 0., -3.,  2., -0.])
    """

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask without the least."""
        return self._without(t, default_mask, t.abs(), False)


class RandomStructured(_Amount):
    """Whole channels chosen at random.

    Example:
        >>> from tinygrad_fr import nn
        >>> layer = nn.utils.prune.random_structured(nn.Linear(4, 2), "weight", amount=1, dim=1)
        >>> sorted(layer.weight_mask.sum(0).tolist())
        [0.0, 2.0, 2.0, 2.0]
    """

    PRUNING_TYPE = "structured"

    def __init__(self, amount: Any, dim: int = -1) -> None:
        super().__init__(amount)
        self.dim = dim

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask without as many channels as the amount says."""
        channels = self._channels(t, self.dim)
        count = _count(self.amount, channels)
        if not count:
            return default_mask
        drawn = random.rand(channels)
        mask, place = zeros_like(t), [slice(None)] * t.dim()
        place[self.dim] = drawn > drawn.kthvalue(count)[0]
        mask[tuple(place)] = 1
        return mask * default_mask.to(dtype=mask.dtype)


class LnStructured(_Amount):
    """The channels of least norm.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.utils.prune.LnStructured(amount=1, n=2, dim=0).prune(tensor([[1.0, 1.0], [3.0, 4.0]]))
        tensor([[0., 0.],
                [3., 4.]])
    """

    PRUNING_TYPE = "structured"

    def __init__(self, amount: Any, n: Any, dim: int = -1) -> None:
        super().__init__(amount)
        self.n, self.dim = n, dim

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask of the channels with the largest norms."""
        channels = self._channels(t, self.dim)
        count = _count(self.amount, channels)
        if not count:
            return default_mask
        dim = range(t.dim())[self.dim]
        lengths = vector_norm(t.detach(), self.n, dim=[d for d in range(t.dim()) if d != dim])
        mask, place = zeros_like(t), [slice(None)] * t.dim()
        place[dim] = lengths.topk(channels - count)[1]
        mask[tuple(place)] = 1
        return mask * default_mask.to(dtype=mask.dtype)


class CustomFromMask(BasePruningMethod):
    """What a mask says.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.utils.prune.CustomFromMask(tensor([1.0, 0.0])).prune(tensor([3.0, 4.0]))
        tensor([3., 0.])
    """

    PRUNING_TYPE = "global"

    def __init__(self, mask: Any) -> None:
        self.mask = mask

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """Both masks."""
        if tuple(default_mask.shape) != tuple(self.mask.shape):
            raise ShapeError(
                _("mask: expected shape {expected}, got {found}").format(
                    expected=tuple(default_mask.shape), found=tuple(self.mask.shape)
                )
            )
        return default_mask * self.mask.to(dtype=default_mask.dtype)


def identity(module: Any, name: str) -> Any:
    """Prune nothing of a tensor, and keep its mask.

    Example:
        >>> from tinygrad_fr import nn
        >>> sorted(nn.utils.prune.identity(nn.Linear(2, 1), "weight").state_dict())
        ['bias', 'weight_mask', 'weight_orig']
    """
    Identity.apply(module, name)
    return module


def random_unstructured(module: Any, name: str, amount: Any) -> Any:
    """Set elements chosen at random to 0.

    Args:
        module: whose tensor it is.
        name: its name.
        amount: how many, or which share.

    Example:
        >>> from tinygrad_fr import nn
        >>> int((nn.utils.prune.random_unstructured(nn.Linear(4, 1), "weight", 0.5).weight == 0).sum())
        2
    """
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module: Any, name: str, amount: Any, importance_scores: Any = None) -> Any:
    """Set the elements of least absolute value, or of the least scores, to 0.

    Example:
        >>> from tinygrad_fr import nn
        >>> int((nn.utils.prune.l1_unstructured(nn.Linear(4, 1), "weight", 3).weight == 0).sum())
        3
    """
    L1Unstructured.apply(module, name, amount, importance_scores=importance_scores)
    return module


def random_structured(module: Any, name: str, amount: Any, dim: int) -> Any:
    """Set whole channels, chosen at random, to 0.

    Example:
        >>> from tinygrad_fr import nn
        >>> int((nn.utils.prune.random_structured(nn.Linear(4, 3), "weight", 1, dim=0).weight == 0).sum())
        4
    """
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(module: Any, name: str, amount: Any, n: Any, dim: int, importance_scores: Any = None) -> Any:
    """Set the channels of least norm to 0.

    Example:
        >>> from tinygrad_fr import nn
        >>> int((nn.utils.prune.ln_structured(nn.Linear(4, 3), "weight", 1, n=2, dim=0).weight == 0).sum())
        4
    """
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: Any, name: str, mask: Any) -> Any:
    """Set to 0 what a mask says.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> layer = nn.utils.prune.custom_from_mask(nn.Linear(2, 1), "bias", tensor([0.0]))
        >>> layer.bias == 0
        tensor([True])
    """
    CustomFromMask.apply(module, name, mask=mask)
    return module


def global_unstructured(
    parameters: Iterable[tuple[Any, str]], pruning_method: Any, importance_scores: Any = None, **kwargs: Any
) -> None:
    """Prune several tensors as if they were one.

    Args:
        parameters: modules, each with the name of its tensor.
        pruning_method: a class that chooses among elements, such as :class:`L1Unstructured`.
        importance_scores: scores in the place of values, by module and name.
        kwargs: what the class is told: ``amount``.

    Example:
        >>> from tinygrad_fr import nn
        >>> layers = nn.Linear(4, 2), nn.Linear(2, 4)
        >>> places = [(layer, "weight") for layer in layers]
        >>> nn.utils.prune.global_unstructured(places, nn.utils.prune.L1Unstructured, amount=0.25)
        >>> sum(int((layer.weight == 0).sum()) for layer in layers)
        4
    """
    places = list(parameters)
    scores = importance_scores or {}
    method = pruning_method(**kwargs)
    if method.PRUNING_TYPE != "unstructured":
        raise DtypeError(
            _("global_unstructured: expected an unstructured method, got {found}").format(found=method.PRUNING_TYPE)
        )
    tensors = [getattr(module, name) for module, name in places]
    values = parameters_to_vector([scores.get(place, x) for place, x in zip(places, tensors, strict=True)])
    masks = [getattr(module, f"{name}_mask", None) for module, name in places]
    before = parameters_to_vector([ones_like(x) if m is None else m for x, m in zip(tensors, masks, strict=True)])
    mask, start = PruningContainer(method).compute_mask(values, before), 0
    for (module, name), x in zip(places, tensors, strict=True):
        custom_from_mask(module, name, mask[start : start + x.numel()].view_as(x))
        start += x.numel()


def _of(module: Any, name: str) -> tuple[int, BasePruningMethod] | None:
    """Where a module keeps what prunes a tensor of it."""
    for key, called in module._hooks.before.items() if module._hooks is not None else ():
        if isinstance(called.hook, BasePruningMethod) and called.hook._tensor_name == name:
            return key, called.hook
    return None


def remove(module: Any, name: str) -> Any:
    """Make a pruned tensor a plain parameter again; its zeros stay, and may be learnt from then on.

    Example:
        >>> from tinygrad_fr import nn
        >>> layer = nn.utils.prune.l1_unstructured(nn.Linear(2, 1), "weight", 1)
        >>> list(nn.utils.prune.remove(layer, "weight").state_dict())
        ['bias', 'weight']
    """
    found = _of(module, name)
    if found is None:
        raise UsageError(_("{module}: {name} is not pruned").format(module=type(module).__name__, name=name))
    key, method = found
    method.remove(module)
    del module._hooks.before[key]
    return module


def is_pruned(module: Any) -> bool:
    """Whether a tensor of a module, or of one inside it, is pruned.

    Example:
        >>> from tinygrad_fr import nn
        >>> nn.utils.prune.is_pruned(nn.Sequential(nn.utils.prune.identity(nn.Linear(1, 1), "weight")))
        True
    """
    return any(
        isinstance(called.hook, BasePruningMethod)
        for part in module.modules()
        if part._hooks is not None
        for called in part._hooks.before.values()
    )
