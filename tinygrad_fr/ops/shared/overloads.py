"""Functions that choose among operations, such as max(x), max(x, dim) and max(a, b): PyTorch's overloads.

They record nothing themselves. An error in their own arithmetic of shapes is reported in one sentence.
"""

from __future__ import annotations

import inspect
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from tinygrad_fr.arguments.fits import SYNONYMS, in_own_names
from tinygrad_fr.arguments.in_words import in_words
from tinygrad_fr.arguments.numbers_first import FACTORS, named
from tinygrad_fr.outputs import written_out
from tinygrad_fr.promotion.accepts import RULES, check
from tinygrad_fr.record.accelerator import accelerator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Names in the public namespace that choose among operations, such as max(x), max(x, dim) and max(a, b).
overloaded: dict[str, Callable[..., Any]] = {}
methods: dict[str, Callable[..., Any]] = {}  # those of them that are methods of Tensor too

_OTHER_NAMES = frozenset((*SYNONYMS, "input"))

F = TypeVar("F", bound="Callable[..., Any]")


def overload(choose: F) -> F:
    """Enter a function that only chooses among operations into the namespace and among Tensor's methods."""
    function(choose)
    methods[choose.__name__] = overloaded[choose.__name__]
    return choose


def by_shape(choose: F) -> F:
    """Say of a function that it gives views, and that which ones depends on the input's shape and on integers, where it is given no more."""
    choose.by_shape = True  # type: ignore[attr-defined]  # a function's
    return choose


def cutting(op: Any, cuts: Callable[..., bool]) -> Callable[[F], F]:
    """Say of what reads an index that an operation takes it as it stands where that ``cuts`` out a part of a shape."""

    def enter(choose: F) -> F:
        choose.cutting = op, cuts  # type: ignore[attr-defined]  # a function's
        return cast(F, accelerator().call(choose, choose))

    return enter


def detaching(method: F) -> F:
    """Say of a method that it gives the same elements as a leaf."""
    method.detaches = True  # type: ignore[attr-defined]  # a function's
    return cast(F, accelerator().call(method, method))


def usually(op: Any) -> Callable[[F], F]:
    """Enter a function as :func:`overload` does whose first arguments are all that an operation has: given these alone, it is that operation."""

    def enter(choose: F) -> F:
        overload(choose)
        name = choose.__name__
        entered = wraps(choose)(accelerator().call(op, overloaded[name]))
        vars(entered).pop("__signature__", None)  # it is the function's that it wraps
        methods[name] = overloaded[name] = entered
        return choose

    return enter


def function(choose: F) -> F:
    """Enter a function that only chooses among operations into the namespace alone."""
    entered = overloaded[choose.__name__] = _in_words(choose)
    return entered


def spoken(choose: F) -> F:
    """A function that is in no namespace of operations, whose errors are said in one sentence: see :func:`in_words`."""
    return cast(F, accelerator().call(choose, in_words(choose)))


@cache
def _parameters(choose: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(choose).parameters


def _places(choose: Callable[..., Any]) -> int:
    """How many arguments may be given by their place."""
    return sum(p.kind is not p.KEYWORD_ONLY for p in _parameters(choose).values())


def _in_words(choose: F) -> F:
    """The function, with what goes wrong in its own arithmetic of shapes said in one sentence."""

    rule = RULES.get(choose.__name__)
    said = in_words(choose)
    most = _places(choose) if choose.__name__ in FACTORS else None

    @wraps(choose)
    def call(*args: Any, **options: Any) -> Any:
        if options and "out" in options:
            return written_out(choose.__name__, call, args, options)
        if options and not _OTHER_NAMES.isdisjoint(options):
            options = in_own_names(options, names := _parameters(choose))
            if "input" in options and "input" not in names and not args:  # PyTorch's name of what comes first
                args = (options.pop("input"),)
        if most is not None and len(args) > most:
            args, options = named(choose.__name__, args, options)
        if rule is not None:
            check(choose.__name__, rule, (*args, *options.values()))
        return said(*args, **options)

    return cast(F, accelerator().call(choose, call))
