"""``torch.nn.utils.rnn``: sequences of different lengths in one batch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_fr.errors import DataError, ShapeError
from tinygrad_fr.handles.creation import full
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _
from tinygrad_fr.ops.indexing import gather, subscripts
from tinygrad_fr.ops.shapes import joining, permutation

if TYPE_CHECKING:
    from collections.abc import Sequence


class PackedSequence(NamedTuple):
    """Sequences without padding: the first step of all, then the second of those that have one, and so on.

    Attributes:
        data: (sum of the lengths, …).
        batch_sizes: how many sequences have a step, for each step; never more than at the step before.
        sorted_indices: where each sequence, longest first, stood in the batch; None where it was sorted already.
        unsorted_indices: the inverse permutation.

    Example:
        >>> import tinygrad_fr as tg
        >>> packed = pack_padded_sequence(tg.tensor([[1, 4], [2, 5], [3, 0]]), [3, 2])
        >>> packed.data, packed.batch_sizes
        (tensor([1, 4, 2, 5, 3]), tensor([2, 2, 1]))
    """

    data: Any
    batch_sizes: Any
    sorted_indices: Any = None
    unsorted_indices: Any = None

    def to(self, *args: Any, **options: Any) -> PackedSequence:
        """The same sequences on a device, or with another dtype: the numbers alone have one."""
        data = self.data.to(*args, **options)
        return self if data is self.data else self._replace(data=data)

    def cpu(self) -> PackedSequence:
        """Itself: there is no other device."""
        return self

    def double(self) -> PackedSequence:
        """The same sequences of float64."""
        return self.to(np.float64)

    def float(self) -> PackedSequence:
        """The same sequences of float32."""
        return self.to(np.float32)

    def half(self) -> PackedSequence:
        """The same sequences of float16."""
        return self.to(np.float16)

    def long(self) -> PackedSequence:
        """The same sequences of int64."""
        return self.to(np.int64)

    def int(self) -> PackedSequence:
        """The same sequences of int32."""
        return self.to(np.int32)

    def pin_memory(self) -> PackedSequence:
        """Itself: there is no other memory."""
        return self

    @property
    def is_cuda(self) -> bool:
        """False: there is no other device."""
        return False


def _lengths(lengths: Any) -> Any:
    return np.asarray(lengths.detach().numpy() if isinstance(lengths, Tensor) else lengths, np.int64).reshape(-1)


def pack_padded_sequence(
    input: Any, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Leave out the padding of (T, N, …), or of (N, T, …) with ``batch_first``.

    Args:
        input: the padded sequences.
        lengths: how long each is, at least 1 and at most T.
        batch_first: whether the batch comes before the steps.
        enforce_sorted: whether the longest must come first; False sorts them, and the inverse permutation is kept.

    Raises:
        ShapeError: the lengths do not fit the sequences, or are not sorted where they must be.

    Example:
        >>> import tinygrad_fr as tg
        >>> pack_padded_sequence(tg.tensor([[1, 2, 0], [3, 4, 5]]), [2, 3], batch_first=True, enforce_sorted=False).data
        tensor([3, 1, 4, 2, 5])
    """
    sides = _lengths(lengths)
    steps, rows = (input.shape[1], input.shape[0]) if batch_first else (input.shape[0], input.shape[1])
    if len(sides) != rows or not len(sides) or sides.min() < 1 or sides.max() > steps:
        raise ShapeError(
            _("pack_padded_sequence: expected {rows} lengths from 1 to {steps}, got {found}").format(
                rows=rows, steps=steps, found=sides.tolist()
            )
        )
    order = None
    if enforce_sorted:
        if np.any(np.diff(sides) > 0):
            raise ShapeError(
                _(
                    "pack_padded_sequence: expected the longest sequence first, got lengths {found}; enforce_sorted=False sorts them"
                ).format(found=sides.tolist())
            )
    else:
        order = np.argsort(-sides, kind="stable")
        sides = sides[order]
    by_step = permutation.transpose(input, 0, 1) if batch_first else input
    if order is not None:
        by_step = gather.index_select(by_step, 1, tensor(order))
    sizes = (sides[None, :] > np.arange(int(sides[0]))[:, None]).sum(1)
    at = (np.repeat(np.arange(len(sizes)), sizes), np.concatenate([np.arange(size) for size in sizes]))
    data = by_step[tensor(at[0]), tensor(at[1])]
    back = None if order is None else tensor(np.argsort(order))
    return PackedSequence(data, tensor(sizes), None if order is None else tensor(order), back)


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Any, Any]:
    """The padded sequences (T, N, …), in the order of the batch, and their lengths.

    Example:
        >>> import tinygrad_fr as tg
        >>> packed = pack_padded_sequence(tg.tensor([[1, 4], [2, 5], [3, 0]]), [3, 2])
        >>> pad_packed_sequence(packed, batch_first=True)
        (tensor([[1, 2, 3],
                [4, 5, 0]]), tensor([3, 2]))
    """
    sizes = _lengths(sequence.batch_sizes)
    steps, rows = len(sizes), int(sizes[0])
    if total_length is not None and total_length < steps:
        raise ShapeError(
            _("pad_packed_sequence: expected a total_length of at least {steps}, got {found}").format(
                steps=steps, found=total_length
            )
        )
    whole = (total_length or steps, rows, *sequence.data.shape[1:])
    at = (np.repeat(np.arange(steps), sizes), np.concatenate([np.arange(size) for size in sizes]))
    padded = subscripts.setitem(
        full(whole, padding_value, dtype=sequence.data.dtype), sequence.data, (tensor(at[0]), tensor(at[1]))
    )
    lengths = (sizes[:, None] > np.arange(rows)[None, :]).sum(0)
    if sequence.unsorted_indices is not None:
        padded = gather.index_select(padded, 1, sequence.unsorted_indices)
        lengths = lengths[_lengths(sequence.unsorted_indices)]
    return (permutation.transpose(padded, 0, 1) if batch_first else padded), tensor(lengths)


def pad_sequence(
    sequences: Sequence[Any], batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Any:
    """Tensors of different lengths as one (T, N, …), filled up to the longest.

    Example:
        >>> import tinygrad_fr as tg
        >>> pad_sequence([tg.tensor([1, 2, 3]), tg.tensor([4])], batch_first=True)
        tensor([[1, 2, 3],
                [4, 0, 0]])
    """
    given = tuple(sequences) if isinstance(sequences, Tensor | Iterable) else ()
    if not given:
        raise DataError(
            _("pad_sequence: expected at least one tensor in a sequence, got {found}").format(found=repr(sequences))
        )
    longest = max(len(each) for each in given)
    rows = []
    for each in given:
        missing = longest - len(each)
        filling = full((missing, *each.shape[1:]), padding_value, dtype=each.dtype)
        parts = [each, filling] if padding_side == "right" else [filling, each]
        rows.append(joining.cat(parts) if missing else each)
    return joining.stack(rows, 0 if batch_first else 1)


def pack_sequence(sequences: Sequence[Any], enforce_sorted: bool = True) -> PackedSequence:
    """Tensors of different lengths, packed.

    Example:
        >>> import tinygrad_fr as tg
        >>> pack_sequence([tg.tensor([1, 2, 3]), tg.tensor([4, 5])]).data
        tensor([1, 4, 2, 5, 3])
    """
    return pack_padded_sequence(pad_sequence(sequences), [len(each) for each in sequences], False, enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Any]:
    """The sequences of a packed batch, each of its own length.

    Example:
        >>> import tinygrad_fr as tg
        >>> unpack_sequence(pack_sequence([tg.tensor([1, 2, 3]), tg.tensor([4])]))
        [tensor([1, 2, 3]), tensor([4])]
    """
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)


def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: bool = False) -> list[Any]:
    """The sequences of a padded batch, each of its own length.

    Example:
        >>> import tinygrad_fr as tg
        >>> unpad_sequence(tg.tensor([[1, 2, 3], [4, 0, 0]]), [3, 1], batch_first=True)
        [tensor([1, 2, 3]), tensor([4])]
    """
    rows = padded_sequences if batch_first else permutation.transpose(padded_sequences, 0, 1)
    return [row[: int(length)] for row, length in zip(rows, _lengths(lengths), strict=True)]
