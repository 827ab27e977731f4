"""Figures of a training for TensorBoard, epoch by epoch; the package that writes them is asked for when it is needed."""

from __future__ import annotations

import time
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

from tinygrad_fr.errors import TinygradError, UsageError
from tinygrad_fr.files import reason
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from pathlib import Path

    from tinygrad_fr.training.state import Epoch


class Board:
    """A folder that ``tensorboard --logdir`` reads while it is written.

    Args:
        folder: where the figures go; made if absent.

    Raises:
        UsageError: the package tensorboard is not installed.
        TinygradError: the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        try:
            writer = import_module("tensorboard.summary.writer.event_file_writer")
            self.event = import_module("tensorboard.compat.proto.event_pb2").Event
            self.summary = import_module("tensorboard.compat.proto.summary_pb2").Summary
        except ImportError:
            raise UsageError(
                _('--tensorboard needs the package tensorboard: pip install "tinygrad_fr[tensorboard]"')
            ) from None
        try:
            self.writer: Any = writer.EventFileWriter(str(folder))
        except OSError as error:
            raise TinygradError(_("cannot write {path}: {cause}").format(path=folder, cause=reason(error))) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.writer.close()

    def epoch(self, epoch: Epoch) -> None:
        """Add an epoch's figures under the tags loss/training, loss/validation and score."""
        figures = {"loss/training": epoch.loss, "loss/validation": epoch.validation_loss, "score": epoch.score}
        values = [self.summary.Value(tag=tag, simple_value=value) for tag, value in figures.items()]
        self.writer.add_event(self.event(wall_time=time.time(), step=epoch.number, summary=self.summary(value=values)))
        self.writer.flush()
