"""Functions that are no operations: what is wrong with their arguments is said in one sentence, as operations say it."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from tinygrad_fr.arguments.fits import UNFIT, unfit
from tinygrad_fr.arguments.kinds import Arguments
from tinygrad_fr.errors import TinygradError

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")


def in_words(function: F) -> F:
    """The function, with each argument of the kind that its annotation says, and with Python's and numpy's errors in one sentence.

    Example:
        >>> from tinygrad_fr.errors import DtypeError
        >>> @in_words
        ... def sides(x, scale: int = 1):
        ...     return [side * scale for side in x.shape]
        >>> for arguments in ((2.0,), (None, 1.5)):
        ...     try:
        ...         sides(*arguments)
        ...     except DtypeError as error:
        ...         print(str(error).partition(" (")[0])
        sides: expected tensors, got float
        sides: expected an integer for scale, got 1.5
    """
    arguments: Arguments | None = None

    @wraps(function)
    def called(*args: Any, **options: Any) -> Any:
        nonlocal arguments
        if arguments is None:  # read when first needed
            arguments = Arguments(function.__name__, function)
        arguments.check(args, options)
        try:
            return function(*args, **options)
        except TinygradError:
            raise
        except UNFIT as error:
            raise unfit(function.__name__, (*args, *options.values()), error) from error

    return cast("F", called)
