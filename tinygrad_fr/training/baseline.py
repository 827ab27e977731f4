"""What methods without neurons reach on the same rows: scikit-learn's support vector machine and random forest."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from tinygrad_fr.plugins.contract import Recipe


class Baseline(NamedTuple):
    """One method.

    Attributes:
        name: what it is.
        score: share of right answers on the test rows.
        seconds: to learn from the training rows.

    Example:
        >>> found = [Baseline("vectors", 0.95, 0.2), Baseline("forest", 0.97, 0.4)]
        >>> max(found, key=lambda each: each.score).name
        'forest'
    """

    name: str
    score: float
    seconds: float


def baselines(recipe: Recipe, seed: int = 0) -> tuple[Baseline, ...]:
    """Both methods on a recipe's rows, each row as one list of numbers.

    Raises:
        UsageError: the rows are not sorted into classes.

    Example:
        >>> from tinygrad_fr import optim
        >>> from tinygrad_fr.data import TensorDataset
        >>> from tinygrad_fr.plugins import Recipe
        >>> rows = TensorDataset([[0.0], [1.0]], [0.5, 1.5])  # numbers to find, not classes
        >>> try:
        ...     baselines(Recipe(rows, rows, optim.SGD, epochs=1, batch_size=2, score=0.9))
        ... except UsageError:
        ...     print("no classes")
        no classes
    """
    (inputs, target), (held, answers) = recipe.train.arrays[:2], recipe.test.arrays[:2]
    if target.dtype.kind not in "iu" or target.ndim != 1:
        raise UsageError(_("--baseline: expected rows with one class each; this model learns something else"))
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    scale = StandardScaler().fit(inputs.reshape(len(inputs), -1))
    rows, test = (scale.transform(part.reshape(len(part), -1)) for part in (inputs, held))
    found = []
    for name, method in (
        (_("support vector machine (RBF kernel)"), SVC()),
        (_("random forest (100 trees)"), RandomForestClassifier(random_state=seed)),
    ):
        start = time.perf_counter()
        method.fit(rows, target)
        seconds = time.perf_counter() - start
        found.append(Baseline(name, float(np.mean(method.predict(test) == answers)), seconds))
    return tuple(found)
