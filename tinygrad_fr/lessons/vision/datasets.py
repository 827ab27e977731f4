"""``torchvision.datasets``: readers of what is on disk. Nothing is downloaded.

With ``--digits``, scikit-learn's handwritten digits stand in for a data set that is not there, at its size of images.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from PIL import Image

from tinygrad_fr.data.digits import digits
from tinygrad_fr.data.idx import read_idx
from tinygrad_fr.data.loader import Dataset
from tinygrad_fr.errors import DataError
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _


class StandIn:
    """Whether scikit-learn's digits answer for a data set that is not on disk.

    Example:
        >>> StandIn.allowed
        False
    """

    allowed: ClassVar[bool] = False


class VisionDataset(Dataset):
    """Images with their classes.

    Example:
        >>> VisionDataset([Image.new("L", (2, 2))], [3])[0][1]
        3
    """

    def __init__(
        self,
        images: Any,
        targets: Any,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
    ) -> None:
        self.images, self._targets = images, targets
        self.transform, self.target_transform = transform, target_transform

    def __len__(self) -> int:
        return len(self._targets)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        held, target = self.images[index], int(self._targets[index])
        image = held if isinstance(held, Image.Image) else Image.fromarray(held)
        if self.transform is not None:
            image = self.transform(image)
        return image, target if self.target_transform is None else self.target_transform(target)


class MNIST(VisionDataset):
    """MNIST's files, in ``root/MNIST/raw`` or in ``root``.

    Raises:
        DataError: the files are not there.

    Example:
        >>> try:
        ...     MNIST("/nowhere", download=True)
        ... except RuntimeError as error:
        ...     print(type(error).__name__)
        DataError
    """

    classes: ClassVar[list[str]] = [
        f"{i} - {word}"
        for i, word in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
    ]

    def __init__(
        self,
        root: Any = "data",
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        download: bool = False,
    ) -> None:
        name, part = type(self).__name__, "train" if train else "t10k"
        held: list[Any] = []
        for kind in ("images-idx3", "labels-idx1"):
            path = _found(Path(root), name, f"{part}-{kind}-ubyte")
            if path is not None:
                held.append(read_idx(path))
        if len(held) < 2:
            held = list(_stand_in(name, Path(root), train, 28))
        super().__init__(held[0], held[1], transform, target_transform)
        self.train = train

    @property
    def data(self) -> Tensor:
        """All images, as bytes."""
        return Tensor(np.asarray(self.images))

    @property
    def targets(self) -> Tensor:
        """All classes."""
        return Tensor(np.asarray(self._targets, np.int64))


class FashionMNIST(MNIST):
    """Fashion-MNIST's files, in ``root/FashionMNIST/raw`` or in ``root``.

    Example:
        >>> FashionMNIST.classes[9]
        'Ankle boot'
    """

    classes: ClassVar[list[str]] = [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ]  # fmt: skip


class CIFAR10(VisionDataset):
    """CIFAR-10: scikit-learn's digits where they may stand in, since its files are pickles, which are not read here.

    Example:
        >>> CIFAR10.classes[3]
        'cat'
    """

    classes: ClassVar[list[str]] = [
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    ]

    def __init__(
        self,
        root: Any = "data",
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        download: bool = False,
    ) -> None:
        grey, targets = _stand_in("CIFAR10", Path(root), train, 32)
        self.data = np.repeat(np.asarray(grey)[..., None], 3, axis=-1)
        self.targets = targets.tolist()
        super().__init__(self.data, targets, transform, target_transform)


class ImageFolder(VisionDataset):
    """Images in folders, one folder per class.

    Raises:
        DataError: there is no such folder, or it holds no image.

    Example:
        >>> try:
        ...     ImageFolder("/nowhere")
        ... except RuntimeError as error:
        ...     print(type(error).__name__)
        DataError
    """

    def __init__(
        self,
        root: Any,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
    ) -> None:
        folders = sorted(each for each in Path(root).glob("*") if each.is_dir())
        suffixes = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm"}
        found = [
            (path, number)
            for number, folder in enumerate(folders)
            for path in sorted(folder.rglob("*"))
            if path.suffix.lower() in suffixes
        ]
        if not found:
            raise DataError(_("{path}: expected a folder of images for each class").format(path=root))
        self.classes = [folder.name for folder in folders]
        self.class_to_idx = {name: i for i, name in enumerate(self.classes)}
        self.imgs = self.samples = [(str(path), number) for path, number in found]
        super().__init__(_Opened(found), [number for _path, number in found], transform, target_transform)


class _Opened:
    """Images that are read when they are asked for."""

    def __init__(self, found: list[tuple[Path, int]]) -> None:
        self.found = found

    def __getitem__(self, index: int) -> Any:
        with Image.open(self.found[index][0]) as image:
            return image.convert("RGB")


def _found(root: Path, name: str, file: str) -> Path | None:
    for folder in (root / name / "raw", root):
        for path in (folder / file, folder / f"{file}.gz"):
            if path.exists():
                return path
    return None


def _stand_in(name: str, root: Path, train: bool, side: int) -> tuple[Any, Any]:
    """scikit-learn's digits as bytes, at a size of images."""
    if not StandIn.allowed:
        raise DataError(
            _(
                "{name}: its files are not in {path}, and nothing is downloaded; put them there, or let scikit-learn’s digits stand in with --digits"
            ).format(name=name, path=root)
        )
    (images, labels), (unseen, truth) = digits()
    chosen, targets = (images, labels) if train else (unseen, truth)
    grey = (chosen * 255).astype(np.uint8)
    wide = [Image.fromarray(image).resize((side, side), Image.Resampling.BILINEAR) for image in grey]
    return np.stack([np.asarray(image) for image in wide]), targets
