"""Normalisations of a channel over the batch, whose statistics are followed while training."""

from __future__ import annotations

from typing import Any

from tinygrad_fr.errors import ShapeError
from tinygrad_fr.handles.creation import ones, zeros
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn import functional as F
from tinygrad_fr.nn.module import Module
from tinygrad_fr.nn.parameter import Parameter
from tinygrad_fr.nn.placed import placed
from tinygrad_fr.ops.normalization import count_batch
from tinygrad_fr.record.mode import setting


class _NormBase(Module):
    """Statistics of channels followed while training, and used when not."""

    _ranks: tuple[int, ...]  # numbers of dimensions that an input may have
    _per_sample = False
    _late = frozenset(("num_batches_tracked",))  # PyTorch has counted since 0.4.1

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum, self.affine = num_features, eps, momentum, affine
        self.register_parameter("weight", Parameter(ones(num_features)) if affine else None)
        self.register_parameter("bias", Parameter(zeros(num_features)) if affine and bias else None)
        self.track_running_stats = track_running_stats
        if track_running_stats:
            self.register_buffer("running_mean", zeros(num_features))
            self.register_buffer("running_var", ones(num_features))
            self.register_buffer("num_batches_tracked", tensor(0))
        else:
            for name in ("running_mean", "running_var", "num_batches_tracked"):
                self.register_buffer(name, None)

    def reset_running_stats(self) -> None:
        """Forget what was seen: mean 0, variance 1, no batch."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Forget what was seen and learnt."""
        self.reset_running_stats()
        for parameter, value in ((self.weight, 1), (self.bias, 0)):
            if parameter is not None:
                with setting(grad=False):
                    parameter.fill_(value)

    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor

    def forward(self, input: Any) -> Tensor:
        """Normalise (N, C, …)."""
        if input.ndim not in self._ranks:
            raise ShapeError(
                _("{layer}: expected an input of {expected} dimensions, got shape {found}").format(
                    layer=type(self).__name__, expected=_(" or ").join(map(str, self._ranks)), found=tuple(input.shape)
                )
            )
        if self._per_sample and input.ndim == self._ranks[0]:  # one sample
            return self.forward(input[None])[0]
        held: Any = self.running_mean, self.running_var
        own = self.training or held[0] is None
        if self.training and not self.track_running_stats:
            held = None, None
        if self.training and self.track_running_stats and not self._per_sample:  # PyTorch counts batches there alone
            count_batch(self.num_batches_tracked)
        momentum = self.momentum
        if momentum is None:  # the mean of all batches so far
            momentum = (
                1 / self.num_batches_tracked.item()
                if self.training and self.track_running_stats and not self._per_sample
                else 0.0
            )
        function: Any = F.instance_norm if self._per_sample else F.batch_norm
        return function(input, *held, self.weight, self.bias, own, momentum, self.eps)

    def extra_repr(self) -> str:
        """Sizes."""
        said = f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}"
        return f"{said}, bias={self.bias is not None}, track_running_stats={self.track_running_stats}"


class _BatchNorm(_NormBase):
    """What batch norms share."""


@placed
class BatchNorm1d(_BatchNorm):
    """Each channel of (N, C) or (N, C, L) with mean 0 and variance 1 over the batch, then scaled and shifted.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> norm = nn.BatchNorm1d(1)
        >>> norm(tg.tensor([[1.0], [3.0]])).shape, [round(m, 3) for m in norm.running_mean.tolist()]
        (torch.Size([2, 1]), [0.2])
    """

    _ranks = (2, 3)


@placed
class BatchNorm2d(_BatchNorm):
    """Each channel of (N, C, H, W) with mean 0 and variance 1 over the batch, then scaled and shifted.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.BatchNorm2d(3)(tg.zeros(4, 3, 8, 8)).shape
        torch.Size([4, 3, 8, 8])
    """

    _ranks = (4,)


@placed
class BatchNorm3d(_BatchNorm):
    """Each channel of (N, C, D, H, W) with mean 0 and variance 1 over the batch, then scaled and shifted.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> x = tensor([1.0, 3.0]).reshape(2, 1, 1, 1, 1)  # two samples of one channel
        >>> nn.BatchNorm3d(1)(x).flatten().detach()
        tensor([-1.0000,  1.0000])
    """

    _ranks = (5,)


@placed
class SyncBatchNorm(_BatchNorm):
    """A batch norm whose statistics are those of all processes: here of the one that there is.

    Args:
        num_features: channels.
        eps: ε.
        momentum: share of a new batch in the running statistics.
        affine: scale and shift afterwards.
        track_running_stats: follow the statistics.
        process_group: accepted.
        bias: shift too.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.SyncBatchNorm.convert_sync_batchnorm(nn.BatchNorm1d(2))
        SyncBatchNorm(2, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)
    """

    _ranks = (2, 3, 4, 5)

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        process_group: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, bias=bias)
        self.process_group = process_group

    @classmethod
    def convert_sync_batchnorm(cls, module: Module, process_group: Any = None) -> Module:
        """The module with every batch norm in it replaced by one of this class, with the same tensors."""
        made = module
        if isinstance(module, _BatchNorm):
            made = cls(
                module.num_features, module.eps, module.momentum, module.affine, module.track_running_stats, process_group,
                bias=module.bias is not None,
            )  # fmt: skip
            for name in ("weight", "bias"):
                if getattr(module, name) is not None:
                    setattr(made, name, getattr(module, name))
            if module.track_running_stats:
                for name in ("running_mean", "running_var", "num_batches_tracked"):
                    setattr(made, name, getattr(module, name))
            made.training = module.training
        for name, child in module.named_children():
            made.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return made
