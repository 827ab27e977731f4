"""In which order a loader reads: samplers, under PyTorch's names."""

from __future__ import annotations

from itertools import islice
from types import GenericAlias
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tinygrad_fr import random
from tinygrad_fr.errors import DtypeError, UsageError
from tinygrad_fr.handles.tensor import tensor
from tinygrad_fr.locale import _
from tinygrad_fr.naming import Named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence, Sized


AT_ONCE = 32  # places that are drawn together where one may be drawn again, as PyTorch


class Sampler(Named):
    """Places of rows, one after the other: what a loader reads.

    Example:
        >>> class Backwards(Sampler):
        ...     def __init__(self, rows):
        ...         self.rows = rows
        ...     def __iter__(self):
        ...         return iter(range(len(self.rows) - 1, -1, -1))
        ...     def __len__(self):
        ...         return len(self.rows)
        >>> list(Backwards("abc"))
        [2, 1, 0]
    """

    __class_getitem__: ClassVar[Any] = classmethod(GenericAlias)  # what it is of: Sampler[int]

    def __init__(self, data_source: Any = None) -> None:
        """A source is accepted for PyTorch's sake."""

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError


class SequentialSampler(Sampler):
    """From the first row to the last.

    Example:
        >>> list(SequentialSampler("abc"))
        [0, 1, 2]
    """

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler):
    """Another order at each reading, or rows drawn with replacement.

    Args:
        data_source: the rows.
        replacement: whether a row may be drawn again.
        num_samples: how many are drawn, as many as there are rows by default.
        generator: source of the order; the package's own by default.

    Example:
        >>> from tinygrad_fr.random import Generator
        >>> sorted(RandomSampler("abc", generator=Generator(0)))
        [0, 1, 2]
    """

    def __init__(
        self, data_source: Sized, replacement: bool = False, num_samples: int | None = None, generator: Any = None
    ) -> None:
        self.data_source, self.replacement, self.generator = data_source, replacement, generator
        if not isinstance(replacement, bool):
            raise DtypeError(_("replacement: expected True or False, got {found}").format(found=repr(replacement)))
        self.num_samples = len(data_source) if num_samples is None else num_samples
        if self.num_samples < 1:
            raise UsageError(_("RandomSampler: expected at least 1 row, got {found}").format(found=self.num_samples))

    def __iter__(self) -> Iterator[int]:
        n, source = len(self.data_source), self.generator
        if source is None:  # a generator of its own, whose seed is drawn
            source = random.Generator(int(random.default.whole((), np.int64)))
        if self.replacement:
            for _time in range(self.num_samples // AT_ONCE):
                yield from source.integers((AT_ONCE,), 0, n).tolist()
            yield from source.integers((self.num_samples % AT_ONCE,), 0, n).tolist()
        else:
            for _time in range(self.num_samples // n):
                yield from source.permutation(n).tolist()
            yield from source.permutation(n)[: self.num_samples % n].tolist()

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler):
    """Chosen rows, in another order at each reading.

    Example:
        >>> from tinygrad_fr.random import Generator
        >>> sorted(SubsetRandomSampler([4, 2, 8], generator=Generator(0)))
        [2, 4, 8]
    """

    def __init__(self, indices: Sequence[int], generator: Any = None) -> None:
        self.indices, self.generator = indices, generator

    def __iter__(self) -> Iterator[int]:
        order = (self.generator or random.default).permutation(len(self.indices)).tolist()
        yield from (self.indices[place] for place in order)

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler):
    """Rows drawn as often as their weights say.

    Example:
        >>> from tinygrad_fr.random import Generator
        >>> list(WeightedRandomSampler([0.0, 1.0], 3, generator=Generator(0)))
        [1, 1, 1]
    """

    def __init__(self, weights: Any, num_samples: int, replacement: bool = True, generator: Any = None) -> None:
        if isinstance(num_samples, bool) or not isinstance(num_samples, int) or num_samples < 1:
            raise UsageError(_("num_samples: expected at least 1, got {found}").format(found=num_samples))
        self.weights, self.num_samples = np.asarray(weights, np.float64), num_samples
        self.replacement, self.generator = replacement, generator

    def __iter__(self) -> Iterator[int]:
        weights = tensor(self.weights)
        yield from random.multinomial(weights, self.num_samples, self.replacement, generator=self.generator).tolist()

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler):
    """The places of another sampler, several at a time.

    Example:
        >>> list(BatchSampler(SequentialSampler("abcde"), 2, drop_last=False))
        [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool) -> None:
        if batch_size < 1:
            raise UsageError(_("batch_size: expected at least 1, got {found}").format(found=batch_size))
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

    def __iter__(self) -> Iterator[list[int]]:
        places = iter(self.sampler)
        while batch := list(islice(places, self.batch_size)):
            if len(batch) < self.batch_size and self.drop_last:
                return
            yield batch

    def __len__(self) -> int:
        full, rest = divmod(len(self.sampler), self.batch_size)  # type: ignore[arg-type]  # as PyTorch: if it has one
        return full + (rest > 0 and not self.drop_last)
