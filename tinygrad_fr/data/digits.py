"""Handwritten digits: 1 797 images of 8×8, shipped inside scikit-learn."""

from __future__ import annotations

import gzip
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@lru_cache(maxsize=1)
def _images() -> tuple[Array, Array]:
    # The file alone: importing scikit-learn for it would take longer than all that most commands do.
    package = find_spec("sklearn")
    assert package is not None
    assert package.submodule_search_locations is not None
    path = Path(package.submodule_search_locations[0], "datasets", "data", "digits.csv.gz")
    with gzip.open(path, "rt") as file:
        rows = np.loadtxt(file, delimiter=",", dtype=np.float32)
    return rows[:, :-1].reshape(-1, 8, 8) / 16, rows[:, -1].astype(np.int64)


def digits(*, test: float = 0.2, seed: int = 0) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Images (n, 8, 8) with grey levels from 0 to 1 and labels (n,) from 0 to 9, split for training and testing.

    Args:
        test: share held out.
        seed: of the split; it does not depend on any other random number.

    Example:
        >>> (images, labels), (unseen, _) = digits()
        >>> images.shape, unseen.shape, images.max().item(), labels.max().item()
        ((1438, 8, 8), (359, 8, 8), 1.0, 9)
    """
    images, labels = _images()
    order = np.random.default_rng(seed).permutation(len(labels))
    held = round(test * len(labels))
    return (images[order[held:]], labels[order[held:]]), (images[order[:held]], labels[order[:held]])
