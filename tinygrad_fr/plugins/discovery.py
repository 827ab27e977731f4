"""Finding plugins: listed without importing, loaded on use, and each one's failure kept to itself."""

from __future__ import annotations

import difflib
import importlib.util
import inspect
import re
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import PluginError, TinygradError, UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.ops import registry
from tinygrad_fr.plugins.contract import API, Model
from tinygrad_fr.plugins.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

GROUP = "tinygrad_fr.models"
FROM_FILE = "tinygrad_fr_plugin_"  # begins the name of a module that was a plugin's file
FORMATS = "tinygrad_fr.formats"  # suffix of a file → what makes a model of such a file's path
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


@dataclass(frozen=True)
class Source:
    """Where a plugin comes from: known without importing it.

    Attributes:
        name: what is typed to use it.
        origin: the distribution, or the file.
        read: imports it and gives what the entry point names.
    """

    name: str
    origin: str
    read: Callable[[], Any]


@dataclass(frozen=True)
class Failure:
    """A plugin that cannot be used, and why.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "mine.py")
        ...     size = path.write_text("1 / 0")
        ...     failure = Catalogue((path,)).failures[-1]
        >>> failure.name, failure.cause
        ('mine', 'ZeroDivisionError: division by zero')
    """

    name: str
    origin: str
    cause: str

    def __str__(self) -> str:
        return _("plugin “{name}” ({origin}): {cause}").format(name=self.name, origin=self.origin, cause=self.cause)


class Catalogue:
    """The plugins at hand.

    Args:
        files: files that hold plugins, besides the installed ones.
        others: what makes a model of a text that is no plugin's name, or gives None.

    Attributes:
        sources: usable names with where they come from, in alphabetical order.
        failures: plugins that were left out, with the cause.

    Example:
        >>> catalogue = Catalogue()
        >>> "neuron" in catalogue.sources, catalogue.load("neuron").title.in_language("en")
        (True, 'Artificial neuron')
    """

    def __init__(self, files: tuple[Path, ...] = (), others: Callable[[str], Source | None] | None = None) -> None:
        self.sources: dict[str, Source] = {}
        self._others = others
        self.failures: list[Failure] = []
        self._loaded: dict[str, Model] = {}
        for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
            origin = point.dist.name if point.dist is not None else point.value
            self._enter(Source(point.name, origin, point.load))
        for path in files:
            self._read_file(path)
        self.sources = dict(sorted(self.sources.items()))

    @staticmethod
    @cache
    def of(files: tuple[Path, ...]) -> Catalogue:
        """The plugins at hand, their files read once a process: a file may define an operation only once."""
        return Catalogue(files)

    def _enter(self, source: Source) -> None:
        held = self.sources.get(source.name)
        if held is not None:
            if held.origin != source.origin:  # the same distribution seen twice on the path is one plugin
                self.failures.append(
                    Failure(
                        source.name,
                        source.origin,
                        _("the name is already taken by {origin}").format(origin=held.origin),
                    )
                )
            return
        self.sources[source.name] = source

    def _read_file(self, path: Path) -> None:
        if not path.is_file():
            raise UsageError(_("plugin file {path} does not exist").format(path=path))
        operations = len(registry)
        try:
            module = _module_of(path)
        except (Exception, SystemExit) as error:  # a plugin's code may raise anything; the rest must work
            self.failures.append(Failure(path.stem, str(path), _cause(error)))
            return
        found = [
            item
            for item in vars(module).values()
            if inspect.isclass(item)
            and issubclass(item, Model)
            and not inspect.isabstract(item)
            and item.__module__ == module.__name__
        ]
        if not found and len(registry) == operations:  # a file may bring operations alone
            self.failures.append(Failure(path.stem, str(path), _("the file defines no model")))
        for item in found:
            self._enter(Source(getattr(item, "name", path.stem), str(path), lambda item=item: item))  # type: ignore[misc]

    def source(self, name: str) -> Source:
        """Where the model of a name, or of a file of a known format, comes from.

        Raises:
            UsageError: no plugin has this name.
        """
        path = Path(name)
        suffix = path.suffix.partition(":")[0]  # lesson.py:model is a part of a file
        point = next(iter(entry_points(group=FORMATS, name=suffix)), None) if suffix else None
        if point is not None:
            return Source(name, str(path), lambda: point.load()(path))
        source = self.sources.get(name)
        if source is None and self._others is not None:
            source = self._others(name)
        if source is None:
            near = difflib.get_close_matches(name, self.sources, 1)
            hint = _(" (did you mean “{near}”?)").format(near=near[0]) if near else ""
            raise UsageError(
                _("unknown model “{name}”{hint}; known models: {known}").format(
                    name=name, hint=hint, known=", ".join(self.sources) or "–"
                )
            )
        return source

    def load(self, name: str) -> Model:
        """The plugin of a name, imported and checked; or the model of a file, by its suffix.

        Raises:
            TinygradError: the file cannot be read as a model.
            UsageError: no plugin has this name.
            PluginError: the plugin is broken; the message says how.
        """
        if name not in self._loaded:
            source = self.source(name)
            self._loaded[name] = self._plugin(source) if name in self.sources else source.read()
        return self._loaded[name]

    def _plugin(self, source: Source) -> Model:
        try:
            return _checked(source.name, source.read())
        except (Exception, SystemExit) as error:  # a plugin's code may raise anything; the rest must work
            failure = Failure(source.name, source.origin, _cause(error))
            if failure not in self.failures:
                self.failures.append(failure)
            raise PluginError(str(failure)) from error

    def load_all(self) -> list[Model]:
        """Every plugin that works; the others are in ``failures``."""
        models = []
        for name in self.sources:
            try:
                models.append(self.load(name))
            except PluginError:
                continue
        return models


def _module_of(path: Path) -> Any:
    name = f"{FROM_FILE}{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise PluginError(_("expected a Python file (.py)"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _checked(name: str, item: Any) -> Model:
    """An instance of the plugin's class, if it keeps the contract."""
    if not (inspect.isclass(item) and issubclass(item, Model)):
        raise PluginError(_("expected a subclass of tinygrad_fr.plugins.Model, got {found}").format(found=repr(item)))
    if item.api != API:
        raise PluginError(
            _("it was written for version {found} of the plugin contract, this is version {expected}").format(
                found=item.api, expected=API
            )
        )
    missing = sorted(item.__abstractmethods__) + [
        key for key in ("name", "title", "section", "explanation") if not hasattr(item, key)
    ]
    if missing:
        raise PluginError(_("it does not define {missing}").format(missing=", ".join(missing)))
    if item.name != name or not _NAME.fullmatch(item.name):
        raise PluginError(
            _("it is entered as “{entered}” but names itself “{own}”").format(entered=name, own=item.name)
        )
    for key in ("title", "explanation"):
        if not isinstance(getattr(item, key), Text):
            raise PluginError(_("its {key} must be a Text in both languages").format(key=key))
    return item()


def _cause(error: BaseException) -> str:
    return str(error) if isinstance(error, TinygradError) else f"{type(error).__name__}: {error}"
