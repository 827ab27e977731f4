"""Changes of images and tables, batch by batch: to even out their scale, or to see a row in more ways than one.

Each is called with an array (n, …, height, width) and a generator, and draws for each row anew; the same generator in the
same place gives the same rows.

    Recipe(…, augment=augment(Shift(2), Rotate(10), Noise(0.05)))
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tinygrad_fr.errors import ShapeError
from tinygrad_fr.handles.tensor import tensor
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.random import Generator

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Shift:
    """Moves each image by up to so many pixels, in both directions; what comes in is 0."""

    by: int

    def __call__(self, images: Array, generator: Generator) -> Array:
        """The images moved."""
        wide = [(0, 0)] * (images.ndim - 2) + [(self.by, self.by)] * 2
        return Crop(images.shape[-2], images.shape[-1])(np.pad(images, wide), generator)


@dataclass(frozen=True)
class Crop:
    """Takes a window of each image, somewhere in it."""

    height: int
    width: int

    def __call__(self, images: Array, generator: Generator) -> Array:
        """The windows."""
        down, right = images.shape[-2] - self.height, images.shape[-1] - self.width
        if down < 0 or right < 0:
            raise ShapeError(
                _("crop: expected images of at least {expected}, got {found}").format(
                    expected=f"{self.height}×{self.width}", found=f"{images.shape[-2]}×{images.shape[-1]}"
                )
            )
        tops, lefts = (generator.numpy.integers(0, room + 1, len(images)) for room in (down, right))
        return np.stack(
            [
                image[..., top : top + self.height, left : left + self.width]
                for image, top, left in zip(images, tops, lefts, strict=True)
            ]
        )


@dataclass(frozen=True)
class Rotate:
    """Turns each image by up to so many degrees, either way; what comes in is 0."""

    degrees: float

    def __call__(self, images: Array, generator: Generator) -> Array:
        """The images turned, each pixel between its four neighbours."""
        from scipy.ndimage import rotate

        angles = generator.numpy.uniform(-self.degrees, self.degrees, len(images))
        turned: list[Array] = [
            rotate(image, angle, axes=(-2, -1), reshape=False, order=1)
            for image, angle in zip(images, angles, strict=True)
        ]
        whole: Array = np.stack(turned).astype(images.dtype)
        return whole


@dataclass(frozen=True)
class Flip:
    """Exchanges left and right in some images. A digit is another one, or none, in the mirror."""

    chance: float = 0.5

    def __call__(self, images: Array, generator: Generator) -> Array:
        """The images, some in the mirror."""
        chosen = generator.numpy.random(len(images)) < self.chance
        flipped: Array = np.where(chosen.reshape(-1, *[1] * (images.ndim - 1)), images[..., ::-1], images)
        return flipped


@dataclass(frozen=True)
class Noise:
    """Adds to every number another one, from a normal distribution."""

    deviation: float

    def __call__(self, images: Array, generator: Generator) -> Array:
        """The noisy rows."""
        noisy: Array = images + generator.numpy.normal(0.0, self.deviation, images.shape).astype(images.dtype)
        return noisy


@dataclass(frozen=True, eq=False)
class Normalise:
    """(x − mean) / deviation: every column, or all pixels together, on one scale.

    Attributes:
        mean: what becomes 0.
        deviation: what becomes 1.
    """

    mean: Array
    deviation: Array

    @staticmethod
    def of(rows: Array) -> Normalise:
        """That of the rows to learn from: by column for a table (n, k), over all pixels for images.

        A column that never changes is left at 0.
        """
        axis = 0 if rows.ndim == 2 else None
        deviation = np.asarray(rows.std(axis=axis))
        return Normalise(np.asarray(rows.mean(axis=axis)), np.where(deviation > 0, deviation, 1).astype(rows.dtype))

    def __call__(self, rows: Array, generator: Generator | None = None) -> Array:
        """The rows on the new scale."""
        scaled: Array = (rows - self.mean) / self.deviation
        return scaled


Transform = Shift | Crop | Rotate | Flip | Noise | Normalise


def augment(*transforms: Transform) -> Callable[[Any, Generator], Any]:
    """One after the other on a batch's inputs, as a recipe's ``augment`` wants it."""

    def changed(batch: Any, generator: Generator) -> Any:
        inputs = batch.inputs.numpy()
        for transform in transforms:
            inputs = transform(inputs, generator)
        return batch._replace(inputs=tensor(inputs))

    return changed
