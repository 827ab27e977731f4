"""Which names a lesson uses that are not here, found without running it, and what to do about each."""

from __future__ import annotations

import ast
import difflib
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tinygrad_fr.devices.absent import Unusable
from tinygrad_fr.errors import AbsentError
from tinygrad_fr.lessons.alias import ROOTS, home
from tinygrad_fr.lessons.scopes import imported_uses
from tinygrad_fr.lessons.source import Piece
from tinygrad_fr.locale import _, clauses
from tinygrad_fr.promotion.left_out import ABSENT, AbsentType, way

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Modules whose package has another name.
_PACKAGES = {
    "PIL": "pillow", "bs4": "beautifulsoup4", "cv2": "opencv-python", "skimage": "scikit-image", "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}  # fmt: skip


class Missing(NamedTuple):
    """A name that is not here.

    Attributes:
        line: where the lesson first uses it.
        name: the name, with its module.
        near: names here that look like it.
        cell: the cell of a notebook, 0 in a script.

    Example:
        >>> missing("import torch\\ntorch.zeroes(3)")
        [Missing(line=2, name='torch.zeroes', near=('zeros', 'zeros_like'), cell=0)]
    """

    line: int
    name: str
    near: tuple[str, ...]
    cell: int = 0

    def __str__(self) -> str:
        where = _("cell {cell}, line {line}") if self.cell else _("line {line}")
        where = where.format(cell=self.cell, line=self.line)
        if self.name.partition(".")[0] not in ROOTS:
            return _("{where}: {name} is not installed here: {what}").format(
                where=where, name=self.name, what=installation(self.name)
            )
        text = _("{where}: {name} is not here").format(where=where, name=self.name)
        if self.near:
            text += _("; near it: {near}").format(near=", ".join(self.near))
        return clauses(text, another_way(self.name))


def installation(module: str) -> str:
    """How a module that is no part of PyTorch is installed.

    Example:
        >>> installation("cv2")
        'pip install opencv-python'
    """
    root = module.partition(".")[0]
    return f"pip install {_PACKAGES.get(root, root)}"


def another_way(name: str) -> str:
    """What to do in the place of something of PyTorch's that is left out; empty where nothing is known.

    Example:
        >>> another_way("torch.distributed.init_process_group") != ""
        True
        >>> another_way("torch.zeroes")
        ''
    """
    ways = {
        "torch.cuda": _("there is no GPU here: ask torch.cuda.is_available(), which is False"),
        "torch.distributed": _("one process learns here: leave the lines about processes out"),
        "torch.multiprocessing": _("one process learns here; Python’s own multiprocessing is there for other work"),
        **{f"torch.{kind}": way(kind) for kind in (*ABSENT, "BFloat16Tensor")},
        "torch.complex": _("numbers are real here: keep the real and the imaginary part apart"),
        "torch.view_as_complex": _("numbers are real here: keep the real and the imaginary part apart"),
        "torch.view_as_real": _("numbers are real here: keep the real and the imaginary part apart"),
        "torch.polar": _("numbers are real here: keep the real and the imaginary part apart"),
        "torch.imag": _("numbers are real here: keep the real and the imaginary part apart"),
        "torch.linalg.eig": _("numbers are real here: torch.linalg.eigh is there for symmetric matrices"),
        "torch.linalg.eigvals": _("numbers are real here: torch.linalg.eigvalsh is there for symmetric matrices"),
        "torch.fft": _("numbers are real here: numpy.fft computes it of x.detach().numpy()"),
        "torch.stft": _("numbers are real here: numpy.fft computes it of x.detach().numpy()"),
        "torch.nested": _("arrays have one shape here: pad them with torch.nn.utils.rnn.pad_sequence"),
        "torch.sparse_coo_tensor": _("arrays are dense here: use to_dense()"),
        "torch.sparse_csr_tensor": _("arrays are dense here: use to_dense()"),
        **dict.fromkeys(
            ("torch.spmm", "torch.sparse_coo", "torch.sparse_csr", "Tensor.to_sparse", "Tensor.to_sparse_coo", "Tensor.to_sparse_csr",
             "Tensor.coalesce", "Tensor.is_coalesced", "Tensor.indices", "Tensor.sparse_mask"),
            _("arrays are dense here: leave it out, and multiply with @"),
        ),
        **dict.fromkeys(
            ("names=", "Tensor.names", "Tensor.refine_names", "Tensor.rename", "Tensor.rename_", "Tensor.align_to", "Tensor.align_as"),
            _("dimensions have no names here: count them from 0"),
        ),
        "torch.nn.parallel": _("one process learns here: use the module itself"),
        "torch.fx": _("the record of a run is its graph: tinygrad-fr render lesson.py draws it"),
        "torch.jit": _("call the function itself, or torch.compile of it"),
        "torch.onnx": _("tinygrad-fr export writes ONNX files, and tinygrad_fr.bridges.onnx from Python"),
        "torch.profiler": _("tinygrad-fr diagnose says what an iteration does; Python’s cProfile says how long"),
        "torch.quantization": _("numbers are floats here: leave it out"),
        "torch.sparse": _("arrays are dense here: use to_dense()"),
        "torch.hub": _("nothing is downloaded: read a file that is on disk with torch.load"),
        "torchvision.models": _("only the networks of ResNet, VGG, AlexNet, SqueezeNet, DenseNet and MobileNetV2 are there"),
        "torchvision.datasets": _("read the files with torchvision.datasets.ImageFolder or a Dataset of your own"),
        "torchtext": _("it is discontinued: read the text with Python, count words with collections.Counter"),
        "torchaudio": _("sounds are not read here"),
    }  # fmt: skip
    found = [key for key in ways if name == key or name.startswith(f"{key}.")]
    return ways[max(found, key=len)] if found else ""


def missing(source: str | Sequence[Piece], path: str = "<script>") -> list[Missing]:
    """The names that a lesson uses and that are not here, in the order of its lines.

    Args:
        source: the text of a script, or the pieces of a lesson.
        path: what a message calls a text.

    Raises:
        DataError: it is no Python.

    Example:
        >>> missing("from torch import nn\\nnn.Linear(2, 1)")
        []
    """
    parts = [Piece(path, source, 0)] if isinstance(source, str) else source
    trees = [(piece, piece.tree()) for piece in parts]
    found: dict[str, Missing] = {}
    known: dict[str, str] = {}  # a name of the lesson → what of PyTorch's it stands for
    for piece, tree in trees:
        for node in ast.walk(tree):
            for name, told in _imported(node):
                root = told.partition(".")[0]
                if root in ROOTS:
                    known[name] = told
                    _look(told if "." in told or name != root else root, node, piece.cell, found)
                elif not _installed(root, piece.name):
                    found.setdefault(root, Missing(getattr(node, "lineno", 0), root, (), piece.cell))
    for cell, attribute, name, rest in imported_uses([(piece.cell, tree) for piece, tree in trees]):
        if name in known:
            _look(".".join([known[name], *rest]), attribute, cell, found)
    return sorted(found.values(), key=lambda each: (each.cell, each.line, each.name))


def _imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    """What an import binds: a name of the lesson, and the dotted name that it stands for."""
    if isinstance(node, ast.Import):
        for each in node.names:
            yield each.asname or each.name.partition(".")[0], each.name if each.asname else each.name.partition(".")[0]
            if not each.asname and "." in each.name:
                yield each.name, each.name  # looked at whole, and bound by its root alone
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        for each in node.names:
            if each.name != "*":
                yield each.asname or each.name, f"{node.module}.{each.name}"
            else:
                yield node.module, node.module


def _installed(root: str, path: str) -> bool:
    """Whether a module that is not PyTorch's can be imported here, or stands beside the lesson."""
    if root in sys.stdlib_module_names or root in sys.modules:
        return True
    beside = Path(path).parent
    if (beside / f"{root}.py").exists() or (beside / root).is_dir():
        return True
    try:
        return find_spec(root) is not None
    except (ImportError, ValueError):
        return False


def _look(name: str, node: ast.AST, cell: int, found: dict[str, Missing]) -> None:
    """Follow a dotted name through our modules; enter the first part that is not there."""
    line = getattr(node, "lineno", 0)
    while name.startswith("torch.torch."):  # PyTorch holds itself
        name = name.removeprefix("torch.")
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        module = home(".".join(parts[:count]))
        if module is None:
            continue
        held = import_module(module)
        for place in range(count, len(parts)):
            try:
                held = getattr(held, parts[place])
                if isinstance(held, AbsentType | Unusable):
                    raise AttributeError(parts[place])
            except (AttributeError, AbsentError):
                short = ".".join(parts[: place + 1])
                near = difflib.get_close_matches(parts[place], dir(held), 2)
                _enter(Missing(line, short, tuple(near), cell), found)
                return
            if not hasattr(held, "__path__") and not hasattr(held, "__spec__"):
                return  # a class or a function: what it has is looked at when it runs
        return
    _enter(Missing(line, name, (), cell), found)


def _enter(each: Missing, found: dict[str, Missing]) -> None:
    before = found.get(each.name)
    if before is None or (each.cell, each.line) < (before.cell, before.line):
        found[each.name] = each
