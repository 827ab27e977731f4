"""Any classifier plugin as a scikit-learn estimator: in pipelines, cross-validation and searches."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from tinygrad_fr import random
from tinygrad_fr.data.labelled import Labelled
from tinygrad_fr.errors import UsageError
from tinygrad_fr.handles.tensor import tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import no_grad
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Catalogue, Classifier, Model
from tinygrad_fr.training import train
from tinygrad_fr.training.weights import take_over, values

INNER = "settings__"


class PluginClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """A classifier plugin under scikit-learn's conventions.

    It learns by the plugin's own recipe, from every row that it is given; where the recipe stops early, the score that it
    watches is the one on these rows.

    Args:
        model: name of a plugin, or one.
        settings: hyper-parameters that are not the plugin's defaults; a search names them ``settings__hidden``.
        shape: of one row, where the plugin reads images: (height, width).
        epochs: instead of the recipe's.
        random_state: as scikit-learn's.

    Attributes:
        classes_: what the answers may be.
        history_: loss and score of each epoch.
        weights_: arrays by PyTorch's keys.

    Raises:
        UsageError: the plugin is no classifier, or cannot learn from rows that are brought to it.

    Example:
        >>> from sklearn.model_selection import GridSearchCV
        >>> from sklearn.datasets import load_iris
        >>> search = GridSearchCV(PluginClassifier("mlp", epochs=20), {"settings__hidden": [4, 16]}, cv=2)
        >>> bool(search.fit(*load_iris(return_X_y=True)).best_score_ > 0.9)
        True
    """

    def __init__(
        self,
        model: str | Model = "mlp",
        settings: dict[str, Any] | None = None,
        shape: tuple[int, ...] | None = None,
        epochs: int | None = None,
        random_state: Any = 0,
    ) -> None:
        self.model = model
        self.settings = settings
        self.shape = shape
        self.epochs = epochs
        self.random_state = random_state

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters by name, those of the plugin's settings that were chosen among them."""
        own: dict[str, Any] = super().get_params(deep=False)
        chosen = self.settings if deep and isinstance(self.settings, dict) else {}
        return {**own, **{f"{INNER}{key}": value for key, value in chosen.items()}}

    def set_params(self, **params: Any) -> Self:
        """Change parameters; ``settings__x`` changes one setting of the plugin's."""
        inner = {key.removeprefix(INNER): value for key, value in params.items() if key.startswith(INNER)}
        super().set_params(**{key: value for key, value in params.items() if not key.startswith(INNER)})
        if inner:
            self.settings = {**(self.settings or {}), **inner}
        return self

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803 - scikit-learn's name
        """Learn from rows (n, features) and their classes (n,)."""
        X, y = validate_data(self, X, y, dtype=np.float32, ensure_min_samples=2)  # noqa: N806
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        self._learned = self._rows(X, labels)
        plugin = self._plugin(self._learned)
        seed = self.random_state
        if not isinstance(seed, int | np.integer):
            seed = check_random_state(seed).randint(2**31 - 1)
        place = random.default.get_state()
        try:
            run = train(plugin, self._chosen(plugin), seed=int(seed), epochs=self.epochs)
        finally:  # who draws numbers besides sees nothing of this training
            random.default.set_state(place)
        self.history_ = [(epoch.loss, epoch.score) for epoch in run.epochs]
        self.weights_ = values(run.module)
        return self

    def predict_proba(self, X: Any) -> npt.NDArray[Any]:  # noqa: N803
        """Share of each class (n, classes)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float32, reset=False)  # noqa: N806
        rows = self._rows(X, np.zeros(len(X), np.int64))
        seen = Labelled(self._learned.inputs, self._learned.labels, self._learned.classes, rows)
        plugin = self._plugin(seen)
        place = random.default.get_state()
        module = plugin.build(self._chosen(plugin))
        random.default.set_state(place)
        take_over(module, self.weights_)
        module.eval()
        # Rows as the plugin prepares those that it is scored on; in float64, one row answers as it does among many.
        inputs = plugin.recipe(self._chosen(plugin)).test.arrays[0].astype(np.float64)
        with no_grad():
            shares: npt.NDArray[Any] = F.softmax(module.double()(tensor(inputs))[:, : len(self.classes_)], 1).numpy()
        return shares

    def predict(self, X: Any) -> npt.NDArray[Any]:  # noqa: N803
        """The likeliest class of each row (n,)."""
        found: npt.NDArray[Any] = self.predict_proba(X).argmax(axis=1)
        chosen: npt.NDArray[Any] = self.classes_[found]
        return chosen

    def _rows(self, inputs: Any, labels: Any) -> Labelled:
        shaped = inputs if self.shape is None else inputs.reshape(len(inputs), *self.shape)
        words = tuple(str(name) for name in self.classes_.tolist())
        alone = Labelled(shaped, labels, words)
        return Labelled(shaped, labels, words, alone)

    def _plugin(self, data: Labelled) -> Model:
        model = Catalogue().load(self.model) if isinstance(self.model, str) else self.model
        if not isinstance(model, Classifier):
            raise UsageError(_("model “{name}” sorts nothing into classes; try mlp or lenet").format(name=model.name))
        return model.on(data)

    def _chosen(self, plugin: Model) -> Any:
        return plugin.settings.replaced({key: str(value) for key, value in (self.settings or {}).items()})
