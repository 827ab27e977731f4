"""Classical models, as scikit-learn's exporter writes them."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr.bridges.onnx.meanings.elementwise import cast
from tinygrad_fr.bridges.onnx.meanings.meaning import ML, WEIGHTS, At, means
from tinygrad_fr.locale import _
from tinygrad_fr.nn import functional as F
from tinygrad_fr.ops.definition import value_of


@means("Scaler", domain=ML)
def _scaler(at: At, x: Any) -> Any:
    offset, scale = (np.asarray(at.get(name), np.float32) for name in ("offset", "scale"))
    return tg.mul(tg.sub(cast(at, x, offset), offset), scale)


@means("Normalizer", domain=ML)
def _normalizer(at: At, x: Any) -> Any:
    order = {"MAX": float("inf"), "L1": 1.0, "L2": 2.0}[at.get("norm", "MAX")]
    return F.normalize(x, order, 1, 0.0)


def _coefficients(at: At, *_operands: Any) -> dict[str, Any]:
    """What a linear model carries as attributes: one row a target."""
    intercepts = at.get("intercepts") or []
    targets = at.get("targets", len(intercepts) or 1)
    weight = np.asarray(at.get("coefficients"), np.float32).reshape(targets, -1)
    return {"weight": weight} | ({"bias": np.asarray(intercepts, np.float32)} if intercepts else {})


WEIGHTS[ML, "LinearRegressor"] = WEIGHTS[ML, "LinearClassifier"] = _coefficients


def _linear_scores(at: At, x: Any) -> Any:
    return F.linear(cast(at, x, np.zeros(0, np.float32)), at.weights["weight"], at.weights.get("bias"))


def _transformed(at: At, scores: Any) -> Any:
    how = at.get("post_transform", "NONE")
    if how not in ("NONE", "LOGISTIC", "SOFTMAX"):
        raise at.refuse(_("scores are not transformed here by “{how}”").format(how=how))
    return scores if how == "NONE" else tg.sigmoid(scores) if how == "LOGISTIC" else F.softmax(scores, 1)


@means("LinearRegressor", domain=ML)
def _linear_regressor(at: At, x: Any) -> Any:
    return _transformed(at, _linear_scores(at, x))


@means("LinearClassifier", domain=ML)
def _linear_classifier(at: At, x: Any) -> Any:
    scores = _linear_scores(at, x)
    labels = at.get("classlabels_ints") or at.get("classlabels_strings") or []
    if len(labels) == 2 and scores.shape[1] == 1:  # one score, the second class's
        if at.get("post_transform", "NONE") == "LOGISTIC":
            second = tg.sigmoid(scores)
            found = tg.cat([tg.sub(1.0, second), second], 1)
        else:
            found = _transformed(at, tg.cat([tg.neg(scores), scores], 1))
    else:
        found = _transformed(at, scores)
    return tg.argmax(found, 1), found


@means("ZipMap", domain=ML)
def _zip_map(at: At, x: Any) -> Any:
    return x


@means("ArrayFeatureExtractor", domain=ML)
def _extract(at: At, x: Any, indices: Any) -> Any:
    return x[..., np.asarray(value_of(indices)).reshape(-1)]
