"""``torchvision.datasets``: readers of what is on disk. Nothing is downloaded.

With ``--digits``, scikit-learn's handwritten digits stand in for a data set that is not there, at its size of images.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from PIL import Image

from tinygrad_fr import random
from tinygrad_fr.data.digits import digits
from tinygrad_fr.data.idx import read_idx
from tinygrad_fr.data.images import opened
from tinygrad_fr.data.loader import Dataset
from tinygrad_fr.errors import DataError, MissingFileError
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.lessons.vision.cifar import read_cifar
from tinygrad_fr.lessons.vision.transforms.functional import to_pil_image
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

    Args:
        root: where they are from.
        data: images: arrays of bytes or images of Pillow.
        targets: the class of each.
        transform: what changes an image when it is asked for.
        target_transform: what changes a class.

    Example:
        >>> VisionDataset("", [Image.new("L", (2, 2))], [3])[0][1]
        3
    """

    def __init__(
        self,
        root: Any,
        data: Any,
        targets: Any,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
    ) -> None:
        self.root = str(Path(root).expanduser()) if str(root).startswith("~") else root
        self.data, self.targets = data, targets
        self.transform, self.target_transform = transform, target_transform

    def __len__(self) -> int:
        return len(self.data)

    def image(self, index: int) -> Any:
        """One image, before its transform."""
        held = self.data[index]
        if isinstance(held, Image.Image):
            return held
        return Image.fromarray(held.numpy() if isinstance(held, Tensor) else held)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        image, target = self.image(index), int(self.targets[index])
        if self.transform is not None:
            image = self.transform(image)
        return image, target if self.target_transform is None else self.target_transform(target)

    @property
    def class_to_idx(self) -> dict[str, int]:
        """The number of each class."""
        return {name: i for i, name in enumerate(getattr(self, "classes", ()))}

    def extra_repr(self) -> str:
        """What its line in a listing says besides."""
        train = getattr(self, "train", None)
        return "" if train is None else f"Split: {'Train' if train else 'Test'}"

    def __repr__(self) -> str:
        lines = [f"Number of datapoints: {len(self)}"]
        lines += [f"Root location: {self.root}"] if self.root is not None else []
        lines += self.extra_repr().splitlines()
        text = "\n".join([f"Dataset {type(self).__name__}", *(f"    {line}" for line in lines)])
        changes = [("Transform", self.transform), ("Target transform", self.target_transform)]
        told = [_headed(name, change) for name, change in changes if change is not None]
        return "\n".join([text, *(["    StandardTransform"] if told else []), *told])


def _headed(name: str, change: Any) -> str:
    """A transform after its name, its further lines under it, as torchvision writes it."""
    first, *rest = f"{change!r}".splitlines()
    indent = " " * len(f"{name}: ")
    return "\n".join([f"{name}: {first}", *(indent + line for line in rest)])


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
            path = _found(Path(root).expanduser(), name, f"{part}-{kind}-ubyte")
            if path is not None:
                held.append(read_idx(path))
        if len(held) < 2:
            held = list(_stand_in(name, Path(root).expanduser(), train, 28))
        images, targets = tensor(np.asarray(held[0])), tensor(np.asarray(held[1], np.int64))
        super().__init__(root, images, targets, transform, target_transform)
        self.train = train

    @property
    def train_data(self) -> Tensor:
        """The images, as they were called once."""
        return self.data  # type: ignore[no-any-return]

    test_data = train_data

    @property
    def train_labels(self) -> Tensor:
        """The classes, as they were called once."""
        return self.targets  # type: ignore[no-any-return]

    test_labels = train_labels


class FashionMNIST(MNIST):
    """Fashion-MNIST's files, in ``root/FashionMNIST/raw`` or in ``root``.

    Example:
        >>> FashionMNIST.classes[9]
        'Ankle boot'
    """

    classes: ClassVar[list[str]] = [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ]  # fmt: skip


class KMNIST(MNIST):
    """Kuzushiji-MNIST's files, in ``root/KMNIST/raw`` or in ``root``.

    Example:
        >>> KMNIST.classes[1]
        'ki'
    """

    classes: ClassVar[list[str]] = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]


class CIFAR10(VisionDataset):
    """CIFAR-10's files, in ``root/cifar-10-batches-py`` or ``root/cifar-10-batches-bin``.

    Raises:
        DataError: the files are not there, or damaged.

    Example:
        >>> CIFAR10.classes[3]
        'cat'
    """

    classes: ClassVar[list[str]] = [
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    ]  # fmt: skip

    def __init__(
        self,
        root: Any = "data",
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        download: bool = False,
    ) -> None:
        name = type(self).__name__
        held = read_cifar(Path(root).expanduser(), name, train)
        if held is None:
            grey, targets = _stand_in(name, Path(root).expanduser(), train, 32)
            held = np.repeat(np.asarray(grey)[..., None], 3, axis=-1), targets.tolist()
        super().__init__(root, held[0], held[1], transform, target_transform)
        self.train = train


class CIFAR100(CIFAR10):
    """CIFAR-100's files, in ``root/cifar-100-python`` or ``root/cifar-100-binary``.

    Example:
        >>> try:
        ...     CIFAR100("/nowhere")
        ... except RuntimeError as error:
        ...     print(type(error).__name__)
        DataError
    """

    classes: ClassVar[list[str]] = []  # their names are not in the files that are read


class FakeData(VisionDataset):
    """Images of random numbers: the n-th is the same whenever it is asked for.

    Example:
        >>> data = FakeData(size=4, image_size=(3, 8, 8), num_classes=5)
        >>> len(data), data[0][0].size, data[0][1] == data[0][1]
        (4, (8, 8), True)
    """

    def __init__(
        self,
        size: int = 1000,
        image_size: tuple[int, int, int] = (3, 224, 224),
        num_classes: int = 10,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        random_offset: int = 0,
    ) -> None:
        super().__init__(None, range(size), None, transform, target_transform)
        self.size, self.num_classes, self.image_size, self.random_offset = size, num_classes, image_size, random_offset

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        if not 0 <= index < self.size:
            raise IndexError(
                _("FakeData: expected an index below {size}, got {found}").format(size=self.size, found=index)
            )
        kept = random.get_rng_state()
        random.manual_seed(index + self.random_offset)
        numbers = random.randn(*self.image_size)
        target = random.randint(0, self.num_classes, size=(1,), dtype=np.int64)[0]
        random.set_rng_state(kept)
        image = to_pil_image(numbers)
        image = image if self.transform is None else self.transform(image)
        target = target if self.target_transform is None else self.target_transform(target)
        return image, int(target) if isinstance(target, Tensor) else target


class ImageFolder(VisionDataset):
    """Images in folders, one folder per class.

    Raises:
        MissingFileError: there is no such folder, or a class in it has no image.

    Example:
        >>> try:
        ...     ImageFolder("/nowhere")
        ... except FileNotFoundError as error:
        ...     print(type(error).__name__)
        MissingFileError
    """

    def __init__(
        self,
        root: Any,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        loader: Callable[[str], Any] | None = None,
        is_valid_file: Callable[[str], bool] | None = None,
    ) -> None:
        folders = sorted(each for each in Path(root).expanduser().glob("*") if each.is_dir())
        valid = is_valid_file or (lambda path: Path(path).suffix.lower() in IMG_EXTENSIONS)
        found = [
            (str(path), number)
            for number, folder in enumerate(folders)
            for path in sorted(folder.rglob("*"))
            if path.is_file() and valid(str(path))
        ]
        if not found or len({number for _path, number in found}) < len(folders):
            raise MissingFileError(_("{path}: expected a folder of images for each class").format(path=root))
        self.classes = [folder.name for folder in folders]
        self.imgs = self.samples = found
        self.loader = loader or default_loader
        super().__init__(root, found, [number for _path, number in found], transform, target_transform)

    def image(self, index: int) -> Any:
        """One image, read now."""
        return self.loader(self.samples[index][0])


IMG_EXTENSIONS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")


def pil_loader(path: str) -> Any:
    """An image of a file, in red, green and blue.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     Image.new("L", (3, 2)).save(Path(folder, "one.png"))
        ...     pil_loader(f"{folder}/one.png").mode
        'RGB'
    """
    with opened(Path(path)) as image:
        return image.convert("RGB")


default_loader = pil_loader


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
