"""Data sets, read in batches."""

from __future__ import annotations

from types import FunctionType, GenericAlias
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tinygrad_fr import random
from tinygrad_fr.data.collate import default_collate, default_convert
from tinygrad_fr.data.sampler import BatchSampler, RandomSampler, SequentialSampler
from tinygrad_fr.errors import DataError, UsageError
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _
from tinygrad_fr.naming import Named
from tinygrad_fr.ops.shared.untracked import value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


class Dataset(Named):
    """Rows by their places: ``__len__`` and ``__getitem__``, as in PyTorch.

    A class that reads many rows at once has a method ``rows(index)`` beside its ``__getitem__``, which is given an array of places or
    a slice, and gives the batch. One that some orders are quicker to read of has a method ``order(generator)``: it says in which order to
    shuffle, and what it gives is asked for slices, from the first row to the last.

    Example:
        >>> class Squares(Dataset):
        ...     def __len__(self):
        ...         return 100
        ...     def __getitem__(self, index):
        ...         return index, index**2
        ...
        >>> [batch[1].tolist() for batch in DataLoader(Squares(), batch_size=3)][2]
        [36, 49, 64]
    """

    __class_getitem__: ClassVar[Any] = classmethod(GenericAlias)  # what it is of: Dataset[Tensor]

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} defines no __getitem__()")

    def __add__(self, other: Dataset) -> ConcatDataset:
        return ConcatDataset([self, other])


class IterableDataset(Dataset):
    """Rows that come one after the other: ``__iter__``, as in PyTorch.

    Example:
        >>> class Counting(IterableDataset):
        ...     def __iter__(self):
        ...         return iter(range(5))
        ...
        >>> [batch.tolist() for batch in DataLoader(Counting(), batch_size=2)]
        [[0, 1], [2, 3], [4]]
    """

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError(f"{type(self).__name__} defines no __iter__()")

    def __add__(self, other: Dataset) -> ChainDataset:  # type: ignore[override]  # rows that are counted by nobody
        return ChainDataset([self, other])


class TensorDataset(Dataset):
    """Tensors or arrays of one length, read row by row together; rows of a tensor are views of it.

    Raises:
        DataError: the lengths differ, or an array that is no tensor holds a NaN or an infinity.

    Example:
        >>> rows = TensorDataset([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [0, 1, 0])
        >>> x, y = rows[[2, 0]]
        >>> len(rows), x.tolist(), y.tolist()
        (3, [[5.0, 6.0], [1.0, 2.0]], [0, 0])
    """

    def __init__(self, *arrays: Any) -> None:
        self._held: tuple[Any, ...] = tuple(x if isinstance(x, Tensor) else np.asarray(x) for x in arrays)
        lengths = [len(array) for array in self._held]
        if len(set(lengths)) > 1:
            raise DataError(_("expected arrays of one length, got {found}").format(found=lengths))
        for number, array in enumerate(self._held, start=1):
            if isinstance(array, np.ndarray) and array.dtype.kind == "f" and not np.all(np.isfinite(array)):
                row = int(np.argwhere(~np.isfinite(array))[0][0])
                raise DataError(
                    _("expected finite numbers, found {found} in row {row} of array {number}").format(
                        found="NaN" if np.any(np.isnan(array)) else "inf", row=row + 1, number=number
                    )
                )

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """The tensors that were given, and copies of arrays. Assigning gives the data set others."""
        return tuple(x if isinstance(x, Tensor) else tensor(x) for x in self._held)

    @tensors.setter
    def tensors(self, others: Sequence[Tensor]) -> None:
        self._held = tuple(others)

    @property
    def arrays(self) -> tuple[Any, ...]:
        """What it holds, as arrays."""
        return tuple(value_of(x) if isinstance(x, Tensor) else x for x in self._held)

    def __len__(self) -> int:
        return len(self._held[0])

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(x[index] if isinstance(x, Tensor) else tensor(x[index]) for x in self._held)

    def rows(self, index: Any) -> tuple[Tensor, ...]:
        """A batch, at once: no views."""
        return tuple(
            x[index].clone()
            if isinstance(x, Tensor) and x.requires_grad
            else tensor(np.ascontiguousarray(array[index]))
            for x, array in zip(self._held, self.arrays, strict=True)
        )


def _own(dataset: Any, name: str) -> Any:
    """A method by which a class reads many rows; one that a class inherits while it reads rows in a way of its own does not count."""
    owner = next((kind for kind in type(dataset).__mro__ if {"__getitem__", name} & vars(kind).keys()), object)
    method = vars(owner).get(name)
    return method.__get__(dataset) if isinstance(method, FunctionType) and method.__code__.co_argcount == 2 else None


class Subset(Dataset):
    """Chosen rows of a data set.

    Example:
        >>> rows = Subset(TensorDataset(np.arange(10)), [7, 3])
        >>> len(rows), rows[1]
        (2, (tensor(3),))
    """

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset, self.indices = dataset, indices

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, list):
            return self.dataset[[self.indices[i] for i in index]]
        return self.dataset[self.indices[index]]

    def __len__(self) -> int:
        return len(self.indices)


class StackDataset(Dataset):
    """Data sets of one length side by side: a row is a tuple of their rows, or a dictionary of them where they have names.

    Example:
        >>> StackDataset([1, 2], ["a", "b"])[1], StackDataset(x=[1, 2])[0]
        ((2, 'b'), {'x': 1})
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if bool(args) == bool(kwargs):
            raise UsageError(_("StackDataset: expected data sets by place or by name, and not both"))
        self.datasets: Any = kwargs or args
        parts = list(kwargs.values()) if kwargs else args
        if any(len(each) != len(parts[0]) for each in parts):
            raise DataError(_("expected arrays of one length, got {found}").format(found=[len(each) for each in parts]))

    def __len__(self) -> int:
        return len(next(iter(self.datasets.values())) if isinstance(self.datasets, dict) else self.datasets[0])

    def __getitem__(self, index: int) -> Any:
        if isinstance(self.datasets, dict):
            return {name: each[index] for name, each in self.datasets.items()}
        return tuple(each[index] for each in self.datasets)


class ConcatDataset(Dataset):
    """Data sets one after the other.

    Example:
        >>> rows = ConcatDataset([TensorDataset([1, 2]), TensorDataset([3])])
        >>> len(rows), rows[2], rows[-3]
        (3, (tensor(3),), (tensor(1),))
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)
        self.cumulative_sizes: list[int] = np.cumsum([len(each) for each in self.datasets]).tolist()

    def __len__(self) -> int:
        return int(self.cumulative_sizes[-1]) if self.cumulative_sizes else 0

    def __getitem__(self, index: int) -> Any:
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(index)
        which = next(i for i, end in enumerate(self.cumulative_sizes) if place < end)
        return self.datasets[which][place - (self.cumulative_sizes[which - 1] if which else 0)]


class ChainDataset(IterableDataset):
    """Rows of several data sets one after the other, none of which is asked for its length before.

    Example:
        >>> [row.tolist() for (row,) in ChainDataset([TensorDataset([1, 2]), TensorDataset([3])])]
        [1, 2, 3]
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = datasets

    def __iter__(self) -> Iterator[Any]:
        for each in self.datasets:
            yield from each

    def __len__(self) -> int:
        return sum(len(each) for each in self.datasets)


def random_split(dataset: Any, lengths: Sequence[float], generator: random.Generator | None = None) -> list[Subset]:
    """Rows shared out by chance, in parts of these lengths, or of these fractions.

    Raises:
        UsageError: the lengths do not add up to the rows that there are.

    Example:
        >>> parts = random_split(TensorDataset(np.arange(10)), [0.7, 0.3], random.Generator(0))
        >>> [len(part) for part in parts], sorted(int(x) for part in parts for (x,) in part)
        ([7, 3], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """
    n = len(dataset)
    if abs(sum(lengths) - 1) < 1e-6 and all(0 <= part <= 1 for part in lengths):
        counts = [int(n * part) for part in lengths]
        for i in range(n - sum(counts)):
            counts[i % len(counts)] += 1
    else:
        counts = [int(part) for part in lengths]
    if sum(counts) != n:
        raise UsageError(
            _("random_split: expected lengths that add up to {expected}, got {found}").format(
                expected=n, found=list(lengths)
            )
        )
    order = (generator or random.default).permutation(n).tolist()
    ends = np.cumsum(counts).tolist()
    return [Subset(dataset, order[end - count : end]) for end, count in zip(ends, counts, strict=True)]


class DataLoader(Named):
    """Batches of a data set.

    Args:
        dataset: what to read.
        batch_size: rows per batch; None gives the rows themselves.
        shuffle: another order at each reading, from the generator.
        sampler: says the order in place of ``shuffle``; ``batch_sampler`` says whole batches.
        num_workers: accepted for PyTorch's sake: rows are read in this process. So are ``pin_memory`` and the other settings of
            workers.
        collate_fn: puts the rows of a batch together, :func:`default_collate` by default.
        drop_last: leave out a last batch that is not full.
        generator: source of the orders; the package's own by default.

    Example:
        >>> rows = TensorDataset(np.arange(5))
        >>> [x.tolist() for (x,) in DataLoader(rows, batch_size=2)]
        [[0, 1], [2, 3], [4]]
        >>> shuffled = DataLoader(rows, batch_size=2, shuffle=True, drop_last=True, generator=random.Generator(0))
        >>> len(shuffled), [x.shape for (x,) in shuffled]
        (2, [torch.Size([2]), torch.Size([2])])
    """

    __class_getitem__: ClassVar[Any] = classmethod(GenericAlias)

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = False,
        sampler: Iterable[int] | None = None,
        batch_sampler: Iterable[Sequence[int]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: random.Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        if batch_size is not None and batch_size < 1:
            raise UsageError(_("batch_size: expected at least 1, got {found}").format(found=batch_size))
        if sampler is not None and shuffle:
            raise UsageError(_("DataLoader: a sampler says the order, so shuffle must be left out"))
        if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
            raise UsageError(
                _("DataLoader: a batch_sampler says the batches; leave out batch_size, shuffle, sampler and drop_last")
            )
        self.dataset, self.batch_size, self.shuffle, self.drop_last = dataset, batch_size, bool(shuffle), drop_last
        self._sampler, self._batch_sampler, self.generator = sampler, batch_sampler, generator
        if num_workers < 0:
            raise UsageError(_("num_workers: expected at least 0, got {found}").format(found=num_workers))
        self.num_workers, self.collate_fn, self.pin_memory = num_workers, collate_fn, pin_memory
        self.timeout, self.worker_init_fn, self.multiprocessing_context = (
            timeout,
            worker_init_fn,
            multiprocessing_context,
        )
        self.pin_memory_device, self.in_order = pin_memory_device, in_order
        self.prefetch_factor, self.persistent_workers = prefetch_factor, persistent_workers

    @property
    def sampler(self) -> Any:
        """What says the order of the rows."""
        if self._sampler is not None or isinstance(self.dataset, IterableDataset):
            return self._sampler
        return (
            RandomSampler(self.dataset, generator=self.generator) if self.shuffle else SequentialSampler(self.dataset)
        )

    @property
    def batch_sampler(self) -> Any:
        """What says which rows are a batch; None where rows come one by one."""
        if self._batch_sampler is not None or self.batch_size is None or isinstance(self.dataset, IterableDataset):
            return self._batch_sampler
        return BatchSampler(self.sampler, self.batch_size, self.drop_last)

    def __len__(self) -> int:
        if self._batch_sampler is not None:
            return len(self._batch_sampler)  # type: ignore[arg-type]  # as PyTorch: if it has one
        n = len(self.dataset if self._sampler is None else self._sampler)  # type: ignore[arg-type]
        if self.batch_size is None:
            return n
        full, rest = divmod(n, self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[Any]:
        (self.generator or random.default).whole(
            (), np.int64
        )  # PyTorch's seed of the workers, drawn with or without any
        if hasattr(self.dataset, "__iter__") and isinstance(self.dataset, IterableDataset):
            return self._streamed()
        if self._batch_sampler is not None:
            return (self._batch(list(places)) for places in self._batch_sampler)
        sampler = self._sampler
        if self.shuffle and len(self.dataset) and _own(self.dataset, "order") is None:
            sampler = RandomSampler(self.dataset, generator=self.generator)
        if sampler is not None:
            if self.batch_size is None:
                return (self._single(place) for place in sampler)
            return (self._batch(places) for places in BatchSampler(sampler, self.batch_size, self.drop_last))
        return self.read()

    def _order(self) -> Any:
        """Another order: the data set's own, where some orders are quicker to read than others."""
        chance = self.generator or random.default
        own = _own(self.dataset, "order")
        return own(chance.numpy) if own is not None else chance.permutation(len(self.dataset))

    def read(self, first: int = 0) -> Iterator[Any]:
        """Batches of one reading, from the one of this number on. The order of all of them is drawn at once."""
        n, size = len(self.dataset), self.batch_size
        order = self._order() if self.shuffle else None
        if size is None:
            return (self._single(int(i if order is None else order[i])) for i in range(first, n))
        places = (slice(i * size, min((i + 1) * size, n)) for i in range(first, len(self)))
        return (self._batch(order[at] if order is not None else np.arange(at.start, at.stop)) for at in places)

    def _single(self, place: Any) -> Any:
        """One row, where rows are not put together."""
        return (self.collate_fn or default_convert)(self.dataset[place])

    def _batch(self, places: Any) -> Any:
        """The rows at these places, put together."""
        rows = _own(self.dataset, "rows")
        if rows is not None and self.collate_fn is None:
            found = rows(places if isinstance(places, slice) else np.asarray(places))
            return list(found) if found.__class__ is tuple else found  # as default_collate gives it
        several = getattr(self.dataset, "__getitems__", None)  # PyTorch's name of a method that reads some rows at once
        where = [int(place) for place in places]
        found = [self.dataset[place] for place in where] if several is None else several(where)
        return (self.collate_fn or default_collate)(found)

    def _streamed(self) -> Iterator[Any]:
        """Batches of rows that come one after the other."""
        collate = self.collate_fn or default_collate
        if self.batch_size is None:
            yield from map(self.collate_fn or default_convert, self.dataset)
            return
        batch: list[Any] = []
        for row in self.dataset:
            batch.append(row)
            if len(batch) == self.batch_size:
                yield collate(batch)
                batch = []
        if batch and not self.drop_last:
            yield collate(batch)
