"""What an operation says of itself to a reader, besides its formula: words, sentences, the letters of its formula, its cost.

A definition holds it, and every reader takes it from there. Sentences are kept in English and translated when they are shown;
:func:`message` marks them for the catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict

from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Shape = tuple[int, ...]


def message(text: str) -> str:
    """A sentence that is translated when it is shown, not when the package is imported."""
    return text


@dataclass(frozen=True)
class Explanation:
    """What a definition says to a reader; whatever is empty has a general answer.

    Attributes:
        shown_as: the public operation that this one is a step or a case of: it is internal then, absent from the public
            namespace, and whatever people read calls it by that name.
        word: the word beside its symbol.
        forward: the sentence on what it computes.
        backward: the sentence on what it does to the gradient.
        letters: one for each input, as the operation's LaTeX writes it.
        sends: LaTeX of what goes to each input for the gradient ``G`` from above, None where nothing does.
        course: the number of the course's equation that this is, for each input.
        figures: the formula and what is sent once more, as the arrays are stored (a row for each sample), where shapes
            and numbers in the place of the letters say something.
        joins: whether it only puts its inputs together, as a list, and each takes back its own part of the gradient.
        result: the letter of its result, where nobody named it.
        steepest: the largest slope of an activation that saturates: the readings of saturation and of gradient flow
            watch those that have one.
        flops: operations on numbers, out of the shapes of the result and of the inputs.
    """

    shown_as: str = ""
    word: str = ""
    forward: str = ""
    backward: str = ""
    letters: tuple[str, ...] = ()
    sends: tuple[str | None, ...] = ()
    course: tuple[int | None, ...] = ()
    figures: tuple[str, ...] = ()
    joins: bool = False
    result: str = ""
    steepest: float | None = None
    flops: Callable[[Shape, Sequence[Shape]], float] | None = None

    def translated(self, field: str) -> str:
        """One of the sentences, in the language in force; empty where there is none."""
        text: str = getattr(self, field)
        return _(text) if text else ""


NOTHING = Explanation()


@dataclass(frozen=True)
class Facts:
    """What an operation says of itself besides its value and derivative.

    Attributes:
        symbol: what stands large on its card.
        latex: the forward formula.
        domain: input name → open interval where it is defined and smooth.
        kinks: expressions whose zeros are the points without a derivative.
        at_kink: the choice made there, in words.
        method: whether it is a method of Tensor too.
        expects: the shapes that it takes, for the message when others come.
        fields: names of its outputs, where it has several.
        symmetric: whether it takes symmetric matrices: it reads one triangle, and its gradient is symmetric.
        explained: what it says to a reader.
    """

    symbol: str = ""
    latex: str = ""
    domain: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    kinks: tuple[str, ...] = ()
    at_kink: str = ""
    method: bool = True
    expects: str = ""
    fields: tuple[str, ...] = ()
    symmetric: bool = False
    explained: Explanation = NOTHING


class Said(TypedDict, total=False):
    """The same facts as arguments of a definition."""

    symbol: str
    latex: str
    domain: Mapping[str, tuple[float, float]]
    kinks: tuple[str, ...]
    at_kink: str
    method: bool
    expects: str
    fields: tuple[str, ...]
    symmetric: bool
    explained: Explanation
