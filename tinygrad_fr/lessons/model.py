"""A script in the place of a model: its last backward pass can be drawn, walked through and followed like a plugin's."""

from __future__ import annotations

import contextlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain.levels.again import recorded_again
from tinygrad_fr.explain.observed import Observed, observed
from tinygrad_fr.lessons.runner import Moment, Witness, run
from tinygrad_fr.locale import _
from tinygrad_fr.modes import opened
from tinygrad_fr.nn.module import Module
from tinygrad_fr.plugins.contract import Batch, Model, Recipe
from tinygrad_fr.plugins.settings import Settings, setting
from tinygrad_fr.plugins.text import Text
from tinygrad_fr.record.mode import now
from tinygrad_fr.record.mode import setting as recorder
from tinygrad_fr.record.recorder import NOBODY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_fr.record.node import Node
    from tinygrad_fr.record.recorder import Recorder


@dataclass(frozen=True)
class LessonSettings(Settings):
    """Which backward pass of the script is looked at."""

    line: int = setting(
        0, Text(fr="ligne d’où part la rétropropagation, 0 pour n’importe laquelle", en="line that goes backward, 0 for any"),
        low=0, high=10**7,
    )  # fmt: skip
    call: int = setting(
        0, Text(fr="numéro de la rétropropagation, 0 pour la dernière", en="number of the backward pass, 0 for the last"),
        low=0, high=10**9,
    )  # fmt: skip


class LessonModule(Module):
    """Stands for the modules that the script builds by itself."""

    def __init__(self, settings: LessonSettings) -> None:
        super().__init__()
        self.settings = settings


class LessonModel(Model):
    """The script of a file, which runs as it stands each time that its record is asked for.

    Args:
        path: a Python script or a notebook; ``lesson.py:name`` asks for a pass through the module that this variable holds.
    """

    section = "—"
    settings = LessonSettings()
    learns = False

    def __init__(self, path: Path) -> None:
        file, _colon, self.part = path.name.partition(":")
        self.path = path = path.with_name(file)
        self.name = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "lesson"  # type: ignore[misc]
        title = path.name if path.name.isprintable() else self.name
        self.title = Text(fr=title, en=title)  # type: ignore[misc]
        self.explanation = Text(  # type: ignore[misc]
            fr="Un script, lancé tel quel ; ce qui est montré est sa dernière rétropropagation.",
            en="A script, run as it stands; what is shown is its last backward pass.",
        )

    def build(self, settings: LessonSettings) -> Module:
        """Nothing: the script builds what it needs when it runs."""
        return LessonModule(settings)

    def example(self, settings: LessonSettings) -> Batch:
        """Nothing: the script has its own data."""
        return Batch(None, None)

    def loss(self, module: Module, batch: Batch) -> Node:
        """Run the script, unless it ran already, and give the loss that it went back from, with the values of that time.

        A script runs once: at other distances its record is recorded again from itself, where that gives the same numbers.

        Raises:
            UsageError: it never goes backward, or not there.
        """
        assert isinstance(module, LessonModule)
        state, near = now(), self.moment(module)
        if state.tape is NOBODY and near is not None and state.opened > _OP:
            again = recorded_again(near.restored())
            if again is not None:
                return again[0]
        key = (self.path.resolve(), module.settings, self.part, state.opened)
        if key not in _RUNS or state.tape is not NOBODY:
            with contextlib.redirect_stdout(sys.stderr):
                watched(self.path, (), module.settings, self.part)
        return _RUNS[key].restored()

    def moment(self, module: Module) -> Moment | None:
        """The pass that is looked at, as it was recorded when the script ran for the lenses; None before."""
        assert isinstance(module, LessonModule)
        return _RUNS.get((self.path.resolve(), module.settings, self.part, _OP))

    def recipe(self, settings: LessonSettings) -> Recipe:
        """None: the script trains by itself."""
        raise UsageError(_("{path} is a script: run it with “tinygrad-fr run”").format(path=self.path))

    def score(self, module: Module, batch: Batch) -> float:
        """None: the script scores by itself."""
        raise UsageError(_("{path} is a script: run it with “tinygrad-fr run”").format(path=self.path))


_OP = frozenset({"op"})  # the distance at which a script runs: the one that most lenses look from
_RUNS: dict[Any, Moment] = {}  # what scripts that ran in this process left to look at


def watched(
    path: Path, arguments: Sequence[str], settings: LessonSettings, part: str = "", tape: Recorder | None = None
) -> None:
    """Run a script, and keep the backward pass that the settings choose for the lenses.

    Args:
        path: the script.
        arguments: what it reads from ``sys.argv``.
        settings: which pass.
        part: the variable of the module that the pass goes through.
        tape: who else is told of what the script reads of values.

    Raises:
        UsageError: there is no such pass.
    """
    witness = Witness(settings.line or None, settings.call or None, part)
    ended: SystemExit | None = None
    with recorder(trace=False, **({} if tape is None else {"tape": tape})):
        try:
            run(path, arguments, witness)
        except SystemExit as error:
            ended = error
    if witness.moment is not None:
        witness.moment.tape = tape
        _RUNS[path.resolve(), settings, part, now().opened] = witness.moment
    if ended is not None and ended.code:
        raise ended
    if witness.moment is None:
        where = _(" from line {line}").format(line=settings.line) if settings.line else ""
        where += _(" through “{part}”").format(part=part) if part else ""
        raise UsageError(
            _("{path}: it went backward {n} times{where}, and there is no such pass to show").format(
                path=path, n=witness.seen, where=where
            )
        )


def watch(path: Path, arguments: Sequence[str] = (), *, line: int = 0, call: int = 0) -> Observed:
    """Run a lesson as it stands, and give its last backward pass, as the lenses and pictures read it.

    Args:
        path: a script or a notebook.
        arguments: what it reads from ``sys.argv``.
        line: the line that starts the pass; 0 for any.
        call: the number of the pass, from 1 on; 0 for the last.

    Raises:
        UsageError: it never goes backward, or not there.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     lesson = Path(folder, "lesson.py")
        ...     _n = lesson.write_text("import torch\\nw = torch.ones(2, requires_grad=True)\\n(w * w).sum().backward()")
        ...     [vertex.symbol for vertex in watch(lesson).graph.nodes]
        ['w', '×', 'Σ']
    """
    model, settings = LessonModel(Path(path)), LessonSettings(line, call)
    with opened("op"):
        watched(model.path, arguments, settings, model.part)
    return observed(model, settings)
