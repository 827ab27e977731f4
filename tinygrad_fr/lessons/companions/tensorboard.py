"""``torch.utils.tensorboard``: what a lesson logs, in files that anyone can read, and for TensorBoard where that is installed.

A folder holds ``scalars.csv``, ``histograms.csv``, ``texts.md``, pictures as PNG, the graph of a model as SVG, and on closing
``scalars.svg``, the curves of the scalars.
"""

from __future__ import annotations

import atexit
import contextlib
import csv
import io
import math
import re
import socket
import sys
import time
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from PIL import Image

from tinygrad_fr.draw import diagram_of, fitted, place, render, theme
from tinygrad_fr.draw.chart import Axes, Paper, Series
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.explain.levels.view import Distance, view
from tinygrad_fr.files import reason
from tinygrad_fr.graph import Graph
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.lessons.vision.utils import make_grid
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tinygrad_fr.draw import Diagram

_BINS = 30
_WIDE, _TALL = 300.0, 150.0


def _array(value: Any) -> Any:
    return value.detach().numpy() if isinstance(value, Tensor) else np.asarray(value)


class SummaryWriter:
    """What a lesson logs, in a folder.

    Args:
        log_dir: the folder; ``runs/DATE_MACHINE`` with the comment by default, as PyTorch names it.
        comment: written at the end of that name.
        options: accepted: how PyTorch queues what it writes.

    Raises:
        TinygradError: the folder cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     writer = SummaryWriter(folder)
        ...     writer.add_scalar("loss", 0.5, 1)
        ...     writer.close(quietly=True)
        ...     print(Path(folder, "scalars.csv").read_text().split())
        ['tag,step,value', 'loss,1,0.5']
    """

    def __init__(self, log_dir: Any = None, comment: str = "", **options: Any) -> None:
        name = f"{time.strftime('%b%d_%H-%M-%S')}_{socket.gethostname()}{comment}"
        self.log_dir = str(log_dir) if log_dir is not None else str(Path("runs", name))
        self._folder = Path(self.log_dir)
        self._files: dict[str, Any] = {}
        self._lines: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self._board: Any = None
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TinygradError(
                _("cannot write {path}: {cause}").format(path=self._folder, cause=reason(error))
            ) from None
        self._closed = True
        self._open()

    def _open(self) -> None:
        """Go on writing, as happens after ``close`` too."""
        if self._closed:
            self._closed = False
            atexit.register(self.close)
            with contextlib.suppress(ImportError):
                self._board = _Events(self._folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def get_logdir(self) -> str:
        """The folder."""
        return self.log_dir

    def add_scalar(self, tag: str, scalar_value: Any, global_step: Any = None, *_others: Any, **_more: Any) -> None:
        """One number at a step."""
        value, step = float(_array(scalar_value).reshape(())), int(global_step or 0)
        self._row("scalars.csv", ["tag", "step", "value"], [tag, step, f"{value:.9g}"])
        self._lines[tag].append((float(step), value))
        if self._board is not None:
            self._board.scalar(tag, value, step)

    def add_scalars(
        self, main_tag: str, tag_scalar_dict: Mapping[str, Any], global_step: Any = None, *_others: Any
    ) -> None:
        """Several numbers at a step, under one name."""
        for tag, value in tag_scalar_dict.items():
            self.add_scalar(f"{main_tag}/{tag}", value, global_step)

    def add_histogram(
        self, tag: str, values: Any, global_step: Any = None, bins: Any = "tensorflow", *_others: Any, **_more: Any
    ) -> None:
        """How numbers are spread at a step."""
        numbers, step = _array(values).astype(np.float64).reshape(-1), int(global_step or 0)
        counts, edges = np.histogram(numbers, _BINS)
        title = ["tag", "step", "count", "mean", "deviation", "edges", "counts"]
        spread = [len(numbers), *(f"{x:.6g}" for x in (numbers.mean(), numbers.std()))] if len(numbers) else [0, "", ""]
        parts = [" ".join(f"{edge:.6g}" for edge in edges), " ".join(map(str, counts))]
        self._row("histograms.csv", title, [tag, step, *spread, *parts])
        if self._board is not None and len(numbers):
            self._board.histogram(tag, numbers, counts, edges, step)

    def add_image(self, tag: str, img_tensor: Any, global_step: Any = None, *_others: Any, **options: Any) -> None:
        """A picture (channels, height, width), or as ``dataformats`` says."""
        array = _array(img_tensor)
        form = str(options.get("dataformats", _others[1] if len(_others) > 1 else "CHW")).upper()
        if form == "HW":
            array, form = array[..., None], "HWC"
        array = np.transpose(array, [form.index(side) for side in "HWC"])
        if array.dtype.kind == "f":
            array = np.clip(array * 255, 0, 255)
        array = array.astype(np.uint8)
        self._picture(tag, Image.fromarray(array[..., 0] if array.shape[2] == 1 else array), global_step)

    def add_images(self, tag: str, img_tensor: Any, global_step: Any = None, *_others: Any, **options: Any) -> None:
        """Pictures (n, channels, height, width) side by side."""
        array = _array(img_tensor)
        if str(options.get("dataformats", "NCHW")).upper() == "NHWC":
            array = np.moveaxis(array, 3, 1)
        array = array.astype(np.float32) / 255 if array.dtype == np.uint8 else array
        self.add_image(tag, make_grid(tensor(np.ascontiguousarray(array))), global_step)

    def add_figure(
        self, tag: str, figure: Any, global_step: Any = None, close: bool = True, *_others: Any, **_more: Any
    ) -> None:
        """A figure of matplotlib, or several."""
        for each in figure if isinstance(figure, (list, tuple)) else [figure]:
            data = io.BytesIO()
            each.savefig(data, format="png")
            with Image.open(data) as image:
                self._picture(tag, image.convert("RGB"), global_step)
            if close:
                import_module("matplotlib.pyplot").close(each)

    def add_text(self, tag: str, text_string: str, global_step: Any = None, *_others: Any) -> None:
        """A text."""
        self._file("texts.md").write(f"## {tag} · {int(global_step or 0)}\n\n{text_string}\n\n")

    def add_graph(self, model: Any, input_to_model: Any = None, *_others: Any, **_more: Any) -> None:
        """What a model records on an input, as one of our pictures."""
        given = input_to_model if isinstance(input_to_model, (tuple, list)) else [input_to_model]
        found = model(*given)
        graph = Graph.of(*(each.current for each in (found if isinstance(found, (tuple, list)) else [found])))
        picture = fitted(place(diagram_of(view(graph, Distance()), passes="forward", title=type(model).__name__)))
        (self._folder / "graph.svg").write_bytes(render(picture, "svg"))

    def add_hparams(
        self, hparam_dict: Mapping[str, Any], metric_dict: Mapping[str, Any], *_o: Any, **_more: Any
    ) -> None:
        """Choices of a training, and what it came to."""
        row = {**hparam_dict, **{name: float(_array(value)) for name, value in metric_dict.items()}}
        self._row("hparams.csv", list(row), list(row.values()))

    def add_embedding(
        self, mat: Any, metadata: Sequence[Any] | None = None, label_img: Any = None, global_step: Any = None,
        tag: str = "default", *_others: Any,
    ) -> None:  # fmt: skip
        """Vectors, one per line, and the words beside them."""
        name = f"{_safe(tag)}_{int(global_step or 0)}"
        np.savetxt(self._folder / f"{name}_vectors.tsv", _array(mat), delimiter="\t", fmt="%.6g")
        if metadata is not None:
            (self._folder / f"{name}_words.tsv").write_text("\n".join(map(str, metadata)) + "\n", encoding="utf-8")

    def add_pr_curve(
        self, tag: str, labels: Any, predictions: Any, global_step: Any = None, num_thresholds: int = 127, *_o: Any
    ) -> None:
        """Precision and recall at each threshold."""
        truth, scores = _array(labels).reshape(-1).astype(bool), _array(predictions).reshape(-1)
        for threshold in np.linspace(0, 1, num_thresholds):
            said = scores >= threshold
            right = int((said & truth).sum())
            precision, recall = right / max(int(said.sum()), 1), right / max(int(truth.sum()), 1)
            row = [tag, int(global_step or 0), f"{threshold:.4f}", f"{precision:.6f}", f"{recall:.6f}"]
            self._row("curves.csv", ["tag", "step", "threshold", "precision", "recall"], row)

    def flush(self) -> None:
        """What was logged is on the disk afterwards."""
        for file in self._files.values():
            file.flush()
        if self._board is not None:
            self._board.writer.flush()

    def close(self, quietly: bool = False) -> None:
        """Draw the curves, close the files, and say where they are."""
        if self._closed:
            return
        self._closed = True
        atexit.unregister(self.close)
        for file in self._files.values():
            file.close()
        self._files.clear()
        if self._board is not None:
            self._board.writer.close()
            self._board = None
        curves = {tag: points for tag, points in self._lines.items() if len({step for step, _value in points}) > 1}
        if curves and self._folder.is_dir():
            picture = _panels(curves)
            (self._folder / "scalars.svg").write_bytes(render(fitted(place(picture)), "svg"))
        if not quietly:
            print(_("SummaryWriter: {path}: written").format(path=self._folder), file=sys.stderr)

    def _file(self, name: str) -> Any:
        self._open()
        if name not in self._files:
            self._files[name] = (self._folder / name).open("a", encoding="utf-8", newline="")
        return self._files[name]

    def _row(self, name: str, titles: list[str], row: list[Any]) -> None:
        new = name not in self._files and not (self._folder / name).exists()
        writer = csv.writer(self._file(name), lineterminator="\n")
        if new:
            writer.writerow(titles)
        writer.writerow(row)

    def _picture(self, tag: str, image: Any, step: Any) -> None:
        self._open()
        path = self._folder / "pictures" / f"{_safe(tag)}_{int(step or 0)}.png"
        path.parent.mkdir(exist_ok=True)
        image.save(path)
        if self._board is not None:
            self._board.image(tag, path.read_bytes(), image.size, int(step or 0))


def _safe(tag: str) -> str:
    """A tag as a name of a file."""
    return re.sub(r"[^\w.-]+", "_", tag).strip("._") or "picture"


def _panels(curves: Mapping[str, Sequence[tuple[float, float]]]) -> Diagram:
    """A panel for each scalar, two in a row."""
    paper = Paper()
    for rank, (tag, points) in enumerate(sorted(curves.items())):
        finite = [(step, value) for step, value in points if math.isfinite(value)] or [(0.0, 0.0)]
        steps, values = (tuple(each) for each in zip(*finite, strict=True))
        line = Series(tag, steps, values, theme.SERIES[0])
        left, bottom = rank % 2 * (_WIDE + 110), -(rank // 2) * (_TALL + 96)
        axes = Axes([line], log=False, left=left, bottom=bottom, width=_WIDE, height=_TALL)
        paper.frame(axes, x_name=_("step"), y_name="")
        paper.text(left, bottom + _TALL + 18, tag, size=theme.MEDIUM, colour=theme.INK, bold=True)
        paper.curve(line, axes)
    return paper.diagram(_("What was logged"), "", left=-44, top=_TALL + 56)


class _Events:
    """The same for ``tensorboard --logdir``, where that package is installed."""

    def __init__(self, folder: Path) -> None:
        writer: Any = import_module("tensorboard.summary.writer.event_file_writer")
        self.event: Any = import_module("tensorboard.compat.proto.event_pb2").Event
        self.summary: Any = import_module("tensorboard.compat.proto.summary_pb2")
        self.writer = writer.EventFileWriter(str(folder))

    def _add(self, step: int, **value: Any) -> None:
        held = self.summary.Summary(value=[self.summary.Summary.Value(**value)])
        self.writer.add_event(self.event(wall_time=time.time(), step=step, summary=held))

    def scalar(self, tag: str, value: float, step: int) -> None:
        self._add(step, tag=tag, simple_value=value)

    def histogram(self, tag: str, numbers: Any, counts: Any, edges: Any, step: int) -> None:
        spread = self.summary.HistogramProto(
            min=numbers.min(), max=numbers.max(), num=len(numbers), sum=numbers.sum(), sum_squares=numbers @ numbers,
            bucket_limit=edges[1:], bucket=counts,
        )  # fmt: skip
        self._add(step, tag=tag, histo=spread)

    def image(self, tag: str, data: bytes, size: tuple[int, int], step: int) -> None:
        picture = self.summary.Summary.Image(width=size[0], height=size[1], colorspace=3, encoded_image_string=data)
        self._add(step, tag=tag, image=picture)
