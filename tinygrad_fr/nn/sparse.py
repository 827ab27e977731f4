"""Tables of vectors, looked up by integers."""

from __future__ import annotations

from typing import Any, Self

from tinygrad_fr.errors import ShapeError, UsageError
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn import functional as F
from tinygrad_fr.nn.functional.embeddings import padding_row
from tinygrad_fr.nn.module import Module
from tinygrad_fr.nn.parameter import Parameter
from tinygrad_fr.nn.placed import placed
from tinygrad_fr.random import randn


@placed
class Embedding(Module):
    """A table of ``num_embeddings`` vectors of ``embedding_dim``, looked up by integers: (…) → (…, embedding_dim).

    ``sparse`` is accepted for PyTorch's sake: which rows were read is kept without being asked for.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.Embedding(10, 4)(tg.tensor([[1, 2, 9]])).shape
        torch.Size([1, 3, 4])
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Any = None,
        _freeze: bool = False,
    ) -> None:
        super().__init__()
        if scale_grad_by_freq:
            raise UsageError(_("Embedding: scale_grad_by_freq is not here"))
        if padding_idx is not None:
            padding_idx = padding_row("Embedding", padding_idx, num_embeddings)
        self.num_embeddings, self.embedding_dim, self.padding_idx = num_embeddings, embedding_dim, padding_idx
        self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse = max_norm, norm_type, False, sparse
        table = randn(num_embeddings, embedding_dim) if _weight is None else _weight
        if padding_idx is not None and _weight is None:
            table[padding_idx] = 0.0
        self.weight = Parameter(table, requires_grad=not _freeze)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Any,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Self:
        """A table of given rows (n, dim), which learning leaves alone unless ``freeze`` is False."""
        if embeddings.ndim != 2:
            raise ShapeError(
                _("Embedding.from_pretrained: expected a table of 2 dimensions, got shape {found}").format(
                    found=tuple(embeddings.shape)
                )
            )
        rows, width = embeddings.shape
        more = (max_norm, norm_type, scale_grad_by_freq, sparse)
        return cls(rows, width, padding_idx, *more, _weight=embeddings, _freeze=freeze)  # which draws nothing

    def forward(self, input: Any) -> Tensor:
        """Look the rows up."""
        return F.embedding(input, self.weight, self.padding_idx, self.max_norm, self.norm_type)

    def extra_repr(self) -> str:
        """Sizes."""
        more = {"padding_idx": None, "max_norm": None, "norm_type": 2.0, "sparse": False}
        said = [f"{name}={getattr(self, name)}" for name, usual in more.items() if getattr(self, name) != usual]
        return ", ".join([f"{self.num_embeddings}", f"{self.embedding_dim}", *said])


@placed
class EmbeddingBag(Module):
    """Rows of a table added up (``mode="sum"``), averaged, or their largest, one result a bag.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.EmbeddingBag(10, 4)(tg.tensor([1, 2, 9, 4]), tg.tensor([0, 3])).shape  # bags of 3 and of 1
        torch.Size([2, 4])
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Any = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> None:
        super().__init__()
        self.num_embeddings, self.embedding_dim, self.mode = num_embeddings, embedding_dim, mode
        self.max_norm, self.norm_type, self.scale_grad_by_freq = max_norm, norm_type, scale_grad_by_freq
        if padding_idx is not None:
            padding_idx = padding_row("EmbeddingBag", padding_idx, num_embeddings)
        self.include_last_offset, self.padding_idx = include_last_offset, padding_idx
        table = randn(num_embeddings, embedding_dim) if _weight is None else _weight
        if padding_idx is not None and _weight is None:
            table[padding_idx] = 0.0
        self.weight = Parameter(table)

    @classmethod
    def from_pretrained(cls, embeddings: Any, freeze: bool = True, mode: str = "mean", **options: Any) -> Self:
        """A table of given rows (n, dim), which learning leaves alone unless ``freeze`` is False."""
        made = cls(embeddings.shape[0], embeddings.shape[1], mode=mode, _weight=embeddings, **options)
        made.weight.requires_grad_(not freeze)
        return made

    def forward(self, input: Any, offsets: Any = None, per_sample_weights: Any = None) -> Tensor:
        """Look the rows up and put each bag's together."""
        result: Tensor = F.embedding_bag(
            input, self.weight, offsets, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.mode,
            per_sample_weights=per_sample_weights, include_last_offset=self.include_last_offset, padding_idx=self.padding_idx,
        )  # fmt: skip
        return result

    def extra_repr(self) -> str:
        """Sizes and mode."""
        more = {"max_norm": None, "norm_type": 2.0, "scale_grad_by_freq": False}
        said = [f"{name}={getattr(self, name)}" for name, usual in more.items() if getattr(self, name) != usual]
        last = [] if self.padding_idx is None else [f"padding_idx={self.padding_idx}"]
        return ", ".join([f"{self.num_embeddings}", f"{self.embedding_dim}", *said, f"mode={self.mode!r}", *last])
