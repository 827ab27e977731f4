"""Random numbers in PyTorch's own order on the processor: the same seed gives PyTorch's numbers.

Everything is made of the 32-bit words of one Mersenne Twister, seeded as PyTorch seeds it. How many words a draw takes, and
what it makes of them, is PyTorch's choice; where PyTorch has no such draw, :attr:`Generator.numpy` draws from the same words.
"""

from __future__ import annotations

import math
import secrets
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tinygrad_fr.arguments.fits import unfit
from tinygrad_fr.devices.device import checked as checked_device
from tinygrad_fr.devices.device import device as make_device
from tinygrad_fr.devices.layout import order_of
from tinygrad_fr.errors import DataError, UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.naming import Named
from tinygrad_fr.record.mode import now, untaped
from tinygrad_fr.record.node import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.handles.tensor import Tensor

KERNEL_SIZE = 50_000  # of a permutation, from which on a kernel is worth its start

Array = npt.NDArray[Any]
Shape = tuple[int, ...]

SEED = 67280421310721  # where PyTorch's generators start
WORDS = 624  # of a twister's state
BLOCK = 16  # normal numbers that are made together
LONG = 1 << 28  # from so many integers on, each takes two words
_HALF, _UNIT_BITS = np.uint64(32), np.uint64((1 << 53) - 1)

# The bytes of a state, in PyTorch's order, so that each reads the other's.
STATE = np.dtype(
    [
        ("seed", "<u8"),
        ("left", "<i4"),
        ("seeded", "<i4"),
        ("next", "<u8"),
        ("words", "<u8", WORDS),
        ("x", "<f8"),
        ("normal", "<f8"),
        ("rho", "<f8"),
        ("has_normal", "<i4"),
        ("unused", "<i4"),
        ("single", "<f4"),
        ("has_single", "<i4"),
    ]
)


class Generator(Named):
    """A source of random numbers of its own: PyTorch's, for the same seed.

    Args:
        seed: where its sequence starts; PyTorch's own start by default. A device may stand in its place.
        device: accepted for PyTorch's sake: there is the processor.

    Example:
        >>> from tinygrad_fr import randn
        >>> own = Generator(7)
        >>> first = randn(2, generator=own).tolist()
        >>> second = randn(2, generator=own).tolist()
        >>> first == randn(2, generator=own.manual_seed(7)).tolist() != second
        True
    """

    def __init__(self, seed: Any = None, device: Any = None) -> None:
        if seed is not None and not isinstance(seed, int | np.integer):
            seed, device = None, seed
        checked_device(device)
        self._twister = np.random.MT19937(0)
        self.numpy = np.random.Generator(self._twister)
        self.manual_seed(SEED if seed is None else seed)

    @property
    def device(self) -> Any:
        """The processor."""
        return make_device("cpu")

    def manual_seed(self, seed: int) -> Generator:
        """Start the sequence over from a seed."""
        untaped(_("it moves a generator of random numbers by hand"))
        seed = int(seed)
        if not -(1 << 63) <= seed < 1 << 64:
            raise UsageError(_("manual_seed: expected a seed of 64 bits, got {seed}").format(seed=seed))
        self._seed = seed % (1 << 64)
        np.random.RandomState(self._twister).seed(self._seed & 0xFFFFFFFF)  # the same twister, seeded as PyTorch does
        self._normal: float | None = None
        return self

    def seed(self) -> int:
        """Start over from a seed that nobody foresees, and return it."""
        self.manual_seed(secrets.randbits(64))
        return self._seed

    def initial_seed(self) -> int:
        """The seed that the sequence started from."""
        return self._seed

    def get_state(self) -> Tensor:
        """Where the sequence stands: bytes, in PyTorch's order."""
        untaped(_("it moves a generator of random numbers by hand"))
        tensor: Any = KINDS[list]
        place = self._twister.state["state"]
        words, at = place["key"], place["pos"]
        fresh = at == WORDS and words[0] == self._seed & 0xFFFFFFFF
        found = np.zeros((), STATE)
        found["seed"], found["seeded"], found["words"] = self._seed, 1, words
        found["left"], found["next"] = WORDS + 1 - at, 0 if fresh else at
        if self._normal is not None:
            found["normal"], found["has_normal"] = self._normal, 1
        made: Tensor = tensor(np.frombuffer(found.tobytes(), np.uint8).copy())
        return made

    def set_state(self, new_state: Any) -> Generator:
        """Go on from where a sequence stood.

        Raises:
            DataError: these are not the bytes of a state.
        """
        untaped(_("it moves a generator of random numbers by hand"))
        bytes_ = np.asarray(getattr(new_state, "value", new_state))
        if bytes_.dtype != np.uint8 or bytes_.shape != (STATE.itemsize,):
            raise DataError(
                _("a generator’s state: expected {expected} bytes, got {dtype} of shape {found}").format(
                    expected=STATE.itemsize, dtype=bytes_.dtype, found=bytes_.shape
                )
            )
        given = np.frombuffer(bytes_.tobytes(), STATE)[0]
        left, at = int(given["left"]), int(given["next"])
        if not 1 <= left <= WORDS or at > WORDS:
            raise DataError(_("a generator’s state: these bytes are not one"))
        words = given["words"].astype(np.uint32)
        self._seed = int(given["seed"])
        self._twister.state = {
            "bit_generator": "MT19937",
            "state": {"key": words, "pos": WORDS if left == 1 else at},
        }
        self._normal = float(given["normal"]) if given["has_normal"] else None
        return self

    def clone_state(self) -> Generator:
        """Another generator that goes on from here."""
        return Generator().set_state(self.get_state())

    # Words, and numbers between 0 and 1

    def words(self, n: int) -> Array:
        """So many words of 32 bits."""
        return self._twister.random_raw(n).astype(
            np.uint32
        )  # the generator's own draw of integers asks 8 µs of questions first

    def long_words(self, n: int) -> Array:
        """So many words of 64 bits, the high half drawn first."""
        halves: Any = self._twister.random_raw(2 * n).reshape(n, 2)  # the same words, each in 64 bits
        found: Array = halves[:, 0] << _HALF
        found |= halves[:, 1]
        return found

    def unit(self, n: int, dtype: Any = np.float32) -> Array:
        """Numbers from 0 on, under 1: multiples of 2⁻⁵³ in float64, of 2⁻²⁴ in any other dtype."""
        if dtype == np.float64:
            long = self.long_words(n)
            long &= np.uint64((1 << 53) - 1)
            return long * 2.0**-53
        words = self.words(n)
        words &= np.uint32((1 << 24) - 1)
        found = words.astype(np.float32)
        found *= np.float32(2.0**-24)
        return found

    # Draws of a shape

    def uniform(self, shape: Shape, low: float = 0.0, high: float = 1.0, dtype: Any = np.float32) -> Array:
        """Numbers drawn uniformly between two bounds."""
        kind = np.dtype(np.float64 if dtype == np.float64 else np.float32).type
        unit = self.unit(math.prod(shape), dtype)
        first, last = kind(low), kind(high)
        if (low, high) != (0.0, 1.0):
            unit = _fused(unit, last - first, first)
        found = unit.astype(dtype, copy=False)
        if found.dtype != unit.dtype:
            found[found >= last] = first  # what a half rounds up to the bound, PyTorch brings down to the other
        return found.reshape(shape)

    def normal(
        self, shape: Shape, mean: float = 0.0, std: float = 1.0, dtype: Any = np.float32, *, dense: bool = True
    ) -> Array:
        """Normal numbers: Box and Muller's in blocks of 16, or one after the other where there are fewer, or memory has gaps."""
        n = math.prod(shape)
        if n < BLOCK or not dense:
            return (self.normals(n) * std + mean).astype(dtype).reshape(shape)
        full = n // BLOCK * BLOCK
        found: Array = np.empty(n, np.float64 if dtype == np.float64 else np.float32)
        first = full if dtype == np.float16 else n  # PyTorch's halves leave the numbers out that are drawn anew
        found[:first] = self.unit(first, dtype)
        _box_muller(found[:full])
        if full < n:
            last = self.unit(BLOCK, dtype)
            _box_muller(last)
            found[n - BLOCK :] = last
        if std != 1.0:
            found *= found.dtype.type(std)
        if mean != 0.0:
            found += found.dtype.type(mean)
        return found.astype(dtype, copy=False).reshape(shape)

    def normals(self, n: int) -> Array:
        """Standard normal numbers one after the other, in float64: of each pair, the second is kept for the next draw."""
        kept = [] if self._normal is None else [self._normal]
        if not n:
            return np.empty(0)
        pairs = (n - len(kept) + 1) // 2
        for first, second in self.unit(2 * pairs, np.float64).reshape(pairs, 2).tolist():
            kept += _pair(first, second)
        self._normal = kept[n] if len(kept) > n else None
        return np.array(kept[:n])

    def log_normal(self, shape: Shape, mean: float, std: float, dtype: Any = np.float32) -> Array:
        """Exponentials of normal numbers."""
        return np.exp(self.normals(math.prod(shape)) * std + mean).astype(dtype).reshape(shape)

    def exponential(self, shape: Shape, rate: float = 1.0, dtype: Any = np.float32) -> Array:
        """Numbers of density λ exp(−λ x)."""
        unit = self.unit(math.prod(shape), np.float64)
        return (-1.0 / rate * np.log1p(-unit)).astype(dtype).reshape(shape)

    def cauchy(self, shape: Shape, median: float = 0.0, sigma: float = 1.0, dtype: Any = np.float32) -> Array:
        """Cauchy's numbers."""
        unit = self.unit(math.prod(shape), np.float64)
        return (median + sigma * np.tan(np.pi * (unit - 0.5))).astype(dtype).reshape(shape)

    def geometric(self, shape: Shape, p: float, dtype: Any = np.float32) -> Array:
        """How many trials until the first that succeeds."""
        with np.errstate(divide="ignore"):
            found: Array = np.ceil(np.log(self.unit(math.prod(shape), np.float64)) / np.log1p(-p))
        return found.astype(dtype).reshape(shape)

    def bernoulli(self, shape: Shape, p: Any) -> Array:
        """Where a trial of probability p succeeds; p is a number, or an array of the shape, whose dtype says how fine."""
        n = math.prod(shape)
        if p.__class__ is float and 0 <= p <= 1:  # as integers: a number under 1 has 53 bits
            long = self.long_words(n)
            long &= _UNIT_BITS
            under: Array = (long < np.uint64(math.ceil(p * 2.0**53))).reshape(shape)
            return under
        dtype = getattr(p, "dtype", np.float64)
        succeeds: Array = self.unit(n, dtype).reshape(shape) < p
        return succeeds

    def integers(self, shape: Shape, low: int, high: int, dtype: Any = np.int64) -> Array:
        """Integers from ``low`` on, under ``high``."""
        n, span = math.prod(shape), high - low
        if span >= LONG:
            wide = self.long_words(n)
            found = wide if span >= 1 << 64 else wide % np.uint64(span)
        else:
            found = self.words(n) % np.uint32(span)
        signed = found.astype(np.int64)
        if low:
            signed += low
        return signed.astype(dtype, copy=False).reshape(shape)

    def whole(self, shape: Shape, dtype: Any) -> Array:
        """Integers over all the range of a dtype from 0 on: of floats, as far as they count every one."""
        n, kind = math.prod(shape), np.dtype(dtype)
        if kind.kind == "b":
            return (self.words(n) & np.uint32(1)).astype(bool).reshape(shape)
        span = (1 << np.finfo(kind).nmant + 1) + 1 if kind.kind == "f" else int(np.iinfo(kind).max) + 1
        wide = kind in (np.float64, np.int64)
        found = self.long_words(n) % np.uint64(span) if wide else self.words(n).astype(np.uint64) % np.uint64(span)
        return found.astype(kind).reshape(shape)

    def permutation(self, n: int, dtype: Any = np.int64) -> Array:
        """The integers under n in random order: Fisher and Yates's exchanges, from the first place on."""
        if n < 2:
            return np.arange(n, dtype=dtype)
        steps = self.words(n - 1) % np.arange(n, 1, -1, dtype=np.uint32)
        others = steps.astype(np.int64) + np.arange(n - 1)
        if n > KERNEL_SIZE:
            from tinygrad_fr.kernels.arrays.exchanges import exchanged  # numba is imported when it is worth it

            return exchanged(others).astype(dtype, copy=False)
        order = list(range(n))
        for place, other in enumerate(others.tolist()):
            order[place], order[other] = order[other], order[place]
        return np.array(order, dtype)

    def multinomial(self, weights: Array, count: int, replacement: bool) -> Array:
        """Places drawn with the weights of each row (…, n) → (…, count)."""
        n = weights.shape[-1]
        rows = weights.reshape(-1, n)
        if not replacement or count == 1:
            drawn = self.exponential(rows.shape, 1.0, weights.dtype)
            races = rows / drawn
            order = np.argsort(-races, -1, kind="stable")
            found = races.argmax(-1, keepdims=True) if count == 1 else order[:, :count]
        else:
            single = weights.dtype if weights.dtype == np.float64 else np.dtype(np.float32)
            steps = np.cumsum(rows, -1, dtype=single)
            steps /= steps[:, -1:]
            steps[:, -1] = 1
            at = self.unit(len(rows) * count, np.float64).reshape(len(rows), count)
            places = [np.searchsorted(row.astype(np.float64), own) for row, own in zip(steps, at, strict=True)]
            found = np.reshape(places, (len(rows), count))
        return found.astype(np.int64).reshape(*weights.shape[:-1], count)

    # Draws of which nobody knows beforehand how many words they take

    def gamma(self, alpha: Array) -> Array:
        """Gamma numbers of rate 1, in float64 (Marsaglia and Tsang, 2000)."""
        return np.array([self._gamma(a) for a in alpha.reshape(-1).tolist()], np.float64).reshape(alpha.shape)

    def _gamma(self, alpha: float) -> float:
        scale = 1.0
        if alpha < 1.0:
            if alpha == 0.0:
                return 0.0
            scale *= (1 - self._one()) ** (1.0 / alpha)
            alpha += 1.0
        d = alpha - 1.0 / 3.0
        c = 1.0 / math.sqrt(9.0 * d)
        while True:
            y = 0.0
            while y <= 0:
                x = self._one_normal()
                y = 1.0 + c * x
            v = y * y * y
            u = 1 - self._one()
            square = x * x
            if u < 1.0 - 0.0331 * square * square or math.log(u) < 0.5 * square + d * (1.0 - v + math.log(v)):
                return scale * d * v

    def poisson(self, rate: Array) -> Array:
        """Counts of what happens at a mean rate."""
        return np.array([self._poisson(each) for each in rate.reshape(-1).tolist()], rate.dtype).reshape(rate.shape)

    def _poisson(self, rate: float) -> float:
        if rate == 0:
            return 0
        if rate < 10:
            least, product, count = math.exp(-rate), 1.0, 0
            while True:
                product *= self._one()
                if product <= least:
                    return count
                count += 1
        b = 0.931 + 2.53 * math.sqrt(rate)  # Hörmann's transformed rejection (1993)
        a = -0.059 + 0.02483 * b
        wide = 1.1239 + 1.1328 / (b - 3.4)
        bound = 0.9277 - 3.6224 / (b - 2)
        while True:
            u = self._one() - 0.5
            v = self._one()
            us = 0.5 - abs(u)
            k = math.floor((2 * a / us + b) * u + rate + 0.43) if us else -1
            if us >= 0.07 and v <= bound:
                return k
            if k < 0 or (us < 0.013 and v > us):
                continue
            if math.log(v) + math.log(wide) - math.log(a / (us * us) + b) <= (
                -rate + k * math.log(rate) - math.lgamma(k + 1)
            ):
                return k

    def binomial(self, count: Array, p: Array) -> Array:
        """How many of some trials succeed."""
        pairs = zip(count.reshape(-1).tolist(), p.reshape(-1).tolist(), strict=True)
        return np.array([self._binomial(n, each) for n, each in pairs], p.dtype).reshape(p.shape)

    def _binomial(self, n: float, p: float) -> float:
        if n <= 0 or p <= 0:
            return 0
        if p >= 1:
            return n
        if p > 0.5:
            return n - self._binomial(n, 1 - p)
        if n * p >= 10:
            return self._binomial_many(n, p)
        passed = found = 0.0
        while True:  # from one success to the next
            u = self._one()
            passed += math.ceil(math.log(u) / math.log1p(-p)) if u else math.inf
            if passed > n:
                return found
            found += 1

    def _binomial_many(self, n: float, p: float) -> float:
        spread = math.sqrt(n * p * (1 - p))  # Hörmann's transformed rejection (1993)
        b = 1.15 + 2.53 * spread
        a = -0.0873 + 0.0248 * b + 0.01 * p
        odds, alpha, mode = p / (1 - p), (2.83 + 5.1 / b) * spread, math.floor((n + 1) * p)
        while True:
            u = self._one() - 0.5
            v = self._one()
            us = 0.5 - abs(u)
            k = math.floor((2 * a / us + b) * u + n * p + 0.5) if us else -1
            if us >= 0.07 and v <= 0.92 - 4.2 / b:
                return k
            if k < 0 or k > n or not v:
                continue
            bound = (
                (mode + 0.5) * math.log((mode + 1) / (odds * (n - mode + 1)))
                + (n + 1) * math.log((n - mode + 1) / (n - k + 1))
                + (k + 0.5) * math.log(odds * (n - k + 1) / (k + 1))
                + _tail(mode)
                + _tail(n - mode)
                - _tail(k)
                - _tail(n - k)
            )
            if math.log(v * alpha / (a / (us * us) + b)) <= bound:
                return k

    def _one(self) -> float:
        word: Any = self._twister.random_raw
        return float((word() << 32 | word()) & ((1 << 53) - 1)) * 2.0**-53

    def _one_normal(self) -> float:
        """The next of :meth:`normals`, without the arrays."""
        if self._normal is not None:
            found, self._normal = self._normal, None
            return found
        found, self._normal = _pair(self._one(), self._one())
        return found


def _pair(first: float, second: float) -> tuple[float, float]:
    """Two standard normal numbers of two uniform ones (Box and Muller), by the C library, whose last bits are PyTorch's."""
    radius, angle = math.sqrt(-2 * math.log1p(-second)), 2 * math.pi * first
    return radius * math.cos(angle), radius * math.sin(angle)


def _tail(k: float) -> float:
    """What Stirling's formula leaves out of ln k!."""
    if k <= 9:
        return math.lgamma(k + 1) - (0.5 * math.log(2 * math.pi) + (k + 0.5) * math.log(k + 1) - (k + 1))
    square = (k + 1) ** 2
    return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1)


def _fused(x: Array, factor: Any, term: Any) -> Array:
    """x · factor + term, rounded once as a processor's fused instruction does, where there is a wider type to work in."""
    wide: Any = np.float64 if x.dtype == np.float32 else np.longdouble
    found: Array = (x.astype(wide) * wide(factor) + wide(term)).astype(x.dtype)
    return found


def _box_muller(unit: Array) -> None:
    """Turn numbers between 0 and 1 into normal ones, in place: of each block of 16, eight radii and eight angles."""
    halves = unit.reshape(-1, 2, BLOCK // 2)
    kind = unit.dtype.type
    radius = kind(1) - halves[:, 0]
    np.log(radius, out=radius)
    radius *= kind(-2)
    np.sqrt(radius, out=radius)
    angle = kind(2 * np.pi) * halves[:, 1]
    np.multiply(radius, np.cos(angle), out=halves[:, 0])
    np.multiply(radius, np.sin(angle, out=angle), out=halves[:, 1])


default = Generator(0)


class Layout:
    """How a tensor lies in memory, which is the order in which PyTorch fills another like it.

    Args:
        like: a tensor or an array; its elements are not read.

    Attributes:
        dense: whether another like it lies row after row.

    Example:
        >>> Layout(np.zeros((2, 3)).T).drawn(lambda shape: np.arange(6).reshape(shape))
        array([[0, 3],
               [1, 4],
               [2, 5]])
    """

    def __init__(self, like: Any) -> None:
        array = getattr(getattr(like, "current", like), "value", like)
        self.shape, self.dense = array.shape, array.flags.c_contiguous
        if not self.dense:
            self._order = order_of(array.shape, array.strides)
            sides = [dim for dim in self._order if array.shape[dim] != 1]
            self.dense = sides == sorted(sides)

    def drawn(self, draw: Callable[[Shape], Array]) -> Array:
        """What a draw gives for this shape."""
        if self.dense:
            return draw(self.shape)
        return draw(tuple(self.shape[dim] for dim in self._order)).transpose(np.argsort(self._order))


# Gives what stands for a generator where a function is mapped over slices.
mapped: ContextVar[Callable[[Any], Any] | None] = ContextVar("mapped", default=None)


def drawn(draw: Callable[[Generator], Any], generator: Generator | None = None) -> Tensor:
    """What a draw gives, as a tensor; a step that is replayed draws again each time.

    Example:
        >>> drawn(lambda source: source.permutation(3), Generator(0)).sort().values
        tensor([0, 1, 2])
    """
    source, instead = generator or default, mapped.get()
    if instead is not None:
        now().tape.stopped(_("it draws random numbers inside vmap"))
        source = instead(source)
    tensor: Any = KINDS[np.ndarray]
    try:
        made: Tensor = tensor.wrap(now().tape.drawn(draw, source))
    except MemoryError as error:
        raise unfit("random", (), error) from error
    return made


class fork_rng:  # noqa: N801 - PyTorch's name
    """Inside, numbers are drawn as ever; afterwards the generator stands where it stood before.

    Example:
        >>> from tinygrad_fr import rand
        >>> with fork_rng():
        ...     first = rand(3)
        >>> bool((first == rand(3)).all())
        True
    """

    def __init__(self, devices: Any = None, enabled: bool = True, **_options: Any) -> None:
        self.enabled = enabled

    def __enter__(self) -> None:
        self._state = default.get_state()

    def __exit__(self, *_error: object) -> None:
        if self.enabled:
            default.set_state(self._state)


def _ends(kind: Any) -> tuple[float, float]:
    """The least and the largest number that a dtype holds."""
    if kind.kind == "b":
        return 0, 1
    limits: Any = np.finfo(kind) if kind.kind == "f" else np.iinfo(kind)
    return (float if kind.kind == "f" else int)(limits.min), (float if kind.kind == "f" else int)(limits.max)


def check_held(name: str, kind: Any, first: int, last: int) -> None:
    """Refuse a range, without its end, of numbers that a dtype cannot hold.

    Raises:
        DataError: an end of it is beyond.
    """
    least, most = _ends(kind)
    if not least <= first < last <= most + 1:
        raise DataError(
            _("{name}: expected numbers that {kind} can hold, got from {low} to {high}").format(
                name=name, kind=kind, low=first, high=last - 1
            )
        )
