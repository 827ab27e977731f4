"""A training for TensorBoard: its graph, and after each epoch its figures and how its weights and gradients are spread.

The package that writes them is asked for when it is needed.
"""

from __future__ import annotations

import time
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from tinygrad_fr.errors import TinygradError, UsageError
from tinygrad_fr.files import reason
from tinygrad_fr.locale import _
from tinygrad_fr.training.graphdef import graphdef

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tinygrad_fr.graph import Graph
    from tinygrad_fr.nn.module import Module
    from tinygrad_fr.training.state import Epoch

BINS = 30


class Board:
    """A folder that ``tensorboard --logdir`` reads while it is written.

    Args:
        folder: where the figures go; made if absent.

    Raises:
        UsageError: the package tensorboard is not installed.
        TinygradError: the folder cannot be written.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from tinygrad_fr.training import Epoch
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with Board(Path(folder)) as board:
        ...         board.epoch(Epoch(1, loss=0.5, validation_loss=0.6, score=0.9, seconds=2.0))
        ...     print(len(list(Path(folder).glob("events.*"))))
        1
    """

    def __init__(self, folder: Path) -> None:
        try:
            writer = import_module("tensorboard.summary.writer.event_file_writer")
            self.event = import_module("tensorboard.compat.proto.event_pb2").Event
            summary = import_module("tensorboard.compat.proto.summary_pb2")
        except ImportError:
            raise UsageError(
                _('--tensorboard needs the package tensorboard: pip install "tinygrad_fr[tensorboard]"')
            ) from None
        self.summary, self.histogram = summary.Summary, summary.HistogramProto
        self.module: Module | None = None
        try:
            self.writer: Any = writer.EventFileWriter(str(folder))
        except OSError as error:
            raise TinygradError(_("cannot write {path}: {cause}").format(path=folder, cause=reason(error))) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.writer.close()

    def graph(self, graph: Graph) -> None:
        """Add the graph of a run."""
        self.writer.add_event(self.event(wall_time=time.time(), graph_def=graphdef(graph)))

    def watch(self, _step: int, _steps: int, module: Module) -> None:
        """Remember whose weights are spread; a training calls this before each step."""
        self.module = module

    def epoch(self, epoch: Epoch) -> None:
        """Add an epoch's figures: loss/training, loss/validation, score, and weights/ and gradients/ of each parameter.

        Gradients are those of the epoch's last batch.
        """
        figures = {"loss/training": epoch.loss, "loss/validation": epoch.validation_loss, "score": epoch.score}
        values = [self.summary.Value(tag=tag, simple_value=value) for tag, value in figures.items()]
        values += [self.summary.Value(tag=tag, histo=self._spread(array)) for tag, array in self._arrays()]
        self.writer.add_event(self.event(wall_time=time.time(), step=epoch.number, summary=self.summary(value=values)))
        self.writer.flush()

    def _arrays(self) -> Iterator[tuple[str, Any]]:
        """Values and gradients of the parameters, under their tags."""
        for name, parameter in self.module.named_parameters() if self.module is not None else ():
            yield f"weights/{name}", np.asarray(parameter.detach())
            if parameter.grad is not None:
                yield f"gradients/{name}", np.asarray(parameter.grad.detach())

    def _spread(self, array: Any) -> Any:
        """How numbers are spread, in so many bins of one width."""
        numbers = array.astype(np.float64).reshape(-1)
        counts, edges = np.histogram(numbers, BINS)
        return self.histogram(
            min=numbers.min(), max=numbers.max(), num=len(numbers), sum=numbers.sum(), sum_squares=numbers @ numbers,
            bucket_limit=edges[1:], bucket=counts,
        )  # fmt: skip
