"""``torchinfo.summary``: a model as a table of its modules, as that package prints it."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr import nn, random
from tinygrad_fr.errors import UsageError
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import no_grad

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COLUMNS = {
    "input_size": "Input Shape",
    "output_size": "Output Shape",
    "num_params": "Param #",
    "params_percent": "Param %",
    "kernel_size": "Kernel Shape",
    "mult_adds": "Mult-Adds",
    "trainable": "Trainable",
}
ROWS = ("ascii_only", "depth", "var_names", "hide_recursive_layers")
_INDENT = 5


@dataclass
class _Layer:
    """One call of a module."""

    module: Any
    name: str
    depth: int
    index: int = 0
    given: list[int] = field(default_factory=list)
    size: list[int] = field(default_factory=list)
    bytes: int = 0
    repeated: bool = False
    inner: list[_Layer] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return type(self.module).__name__

    @property
    def leaf(self) -> bool:
        return not any(True for _each in self.module.children())

    @property
    def count(self) -> int:
        return sum(math.prod(each.shape) for each in self.module.parameters())

    @property
    def learned(self) -> int:
        return sum(math.prod(each.shape) for each in self.module.parameters() if each.requires_grad)

    @property
    def weight(self) -> int:
        return sum(math.prod(each.shape) * each.dtype.itemsize for each in self.module.parameters())

    def own(self, what: str) -> int:
        """What is this module's and none of the modules' in it that ran."""
        inside = (each for each in list(self.all())[1:] if not each.repeated)
        whole: int = getattr(self, what)
        return whole - sum(getattr(each, what) if each.leaf else each.own(what) for each in inside)

    @property
    def products(self) -> int:
        """Multiplications and additions, counted as torchinfo does: parameters times the places that they are used at."""
        total = 0
        for name, parameter in self.module.named_parameters():
            count = math.prod(parameter.shape)
            if name in ("weight", "bias"):
                places = self.size[:1] + self.size[2:] if "Conv" in self.kind else self.size[:1]
                total += count * math.prod(places)
            elif "weight" in name or "bias" in name:
                total += count * math.prod(self.size[:2])
        return total

    def all(self) -> Iterator[_Layer]:
        yield self
        for each in self.inner:
            yield from each.all()

    def title(self, rows: Sequence[str]) -> str:
        text = self.kind
        if "var_names" in rows and self.name:
            text += f" ({self.name})"
        if "depth" in rows and self.depth:
            text += f": {self.depth}-{self.index}"
        return text

    def cell(self, column: str, last: bool, total: int) -> str:
        shown = self.count if last or self.leaf else self.own("count")
        if column == "input_size":
            return str(self.given) if self.given else "--"
        if column == "output_size":
            return str(self.size) if self.size else "--"
        if column == "num_params":
            if not self.count:
                return "--"
            if self.repeated:
                return "(recursive)"
            if (last or self.leaf) and not self.learned:
                return f"({shown:,})"
            return f"{shown:,}" if shown > 0 else "--"
        if column == "params_percent":
            return "(recursive)" if self.repeated else f"{shown / total:>7.2%}" if total and shown else "     --"
        if column == "kernel_size":
            size = getattr(self.module, "kernel_size", None)
            return str(list(size) if isinstance(size, (tuple, list)) else size) if size else "--"
        if column == "mult_adds":
            count = self.products if self.leaf else sum(e.products for e in self.all() if e.leaf) if last else 0
            return f"{count:,}" if count else "--"
        if not self.count:
            return "--"
        return "True" if self.learned == self.count else "Partial" if self.learned else "False"


class ModelStatistics:
    """The table, and what it adds up to.

    Attributes:
        total_params: numbers that the parameters hold.
        trainable_params: those that a gradient reaches.
        total_mult_adds: multiplications and additions of a pass.

    Example:
        >>> summary(nn.Linear(3, 2), verbose=0).total_params
        8
    """

    def __init__(
        self, root: _Layer, ran: bool, given: int, columns: Sequence[str], width: int, depth: int, rows: Sequence[str]
    ) -> None:
        self._root, self._ran, self._columns, self._width, self._depth = root, ran, columns, width, depth
        self._rows = rows
        self.summary_list = list(root.all())
        self.total_input = given
        leaves = [each for each in self.summary_list if each.leaf]
        once = [each for each in self.summary_list if not each.repeated]
        self.total_mult_adds = sum(each.products for each in leaves) if ran else 0
        self.total_output_bytes = sum(2 * each.bytes for each in leaves if each.count)
        self.total_param_bytes = sum(each.weight for each in leaves if not each.repeated)
        self.total_params = sum(each.count if each.leaf else max(each.own("count"), 0) for each in once)
        self.trainable_params = sum(each.learned if each.leaf else max(each.own("learned"), 0) for each in once)

    def __repr__(self) -> str:
        lines = list(self._table())
        widest = max(len(each.title(self._rows)) + each.depth * _INDENT + 1 for each in self.summary_list)
        first = 40 if widest < 40 else -(-widest // _INDENT) * _INDENT
        rule = "=" * (first + self._width * len(self._columns))
        header = "Layer (type" + (" (var_name)" if "var_names" in self._rows else "")
        header += (":depth-idx" if "depth" in self._rows else "") + ")"
        titles = [COLUMNS[column] for column in self._columns]
        text = [rule, self._row(header, titles, first), rule]
        text += [self._row(name, cells, first) for name, cells in lines]
        text += [
            rule,
            f"Total params: {self.total_params:,}",
            f"Trainable params: {self.trainable_params:,}",
            f"Non-trainable params: {self.total_params - self.trainable_params:,}",
        ]
        if self._ran:
            given, passed, learned = (
                count / 1e6 for count in (self.total_input, self.total_output_bytes, self.total_param_bytes)
            )
            text += [
                f"Total mult-adds {_units(self.total_mult_adds)}",
                rule,
                f"Input size (MB): {given:0.2f}",
                f"Forward/backward pass size (MB): {passed:0.2f}",
                f"Params size (MB): {learned:0.2f}",
                f"Estimated Total Size (MB): {given + passed + learned:0.2f}",
            ]
        return "\n".join([*text, rule])

    def _row(self, name: str, cells: Sequence[str], first: int) -> str:
        return f"{name:<{first}} {''.join(f'{cell:<{self._width}} ' for cell in cells)}".rstrip()

    def _table(self) -> Iterator[tuple[str, list[str]]]:
        plain = "ascii_only" in self._rows
        for each in self.summary_list:
            if each.depth > self._depth or ("hide_recursive_layers" in self._rows and each.repeated):
                continue
            bar, corner, branch = ("|    ", "+ ", "+ ") if plain else ("│    ", "└─", "├─")
            start = "" if not each.depth else branch if each.depth == 1 else bar * (each.depth - 1) + corner
            cells = [each.cell(column, each.depth == self._depth, self.total_params) for column in self._columns]
            yield start + each.title(self._rows), cells


def _units(count: int) -> str:
    """A number as torchinfo says it: in millions, billions or trillions."""
    name, unit = ("TERA", 1e12) if count >= 1e12 else ("GIGA", 1e9) if count >= 1e9 else ("MEGA", 1e6)
    scaled = count / unit
    return f"(Units.{name}BYTES): {f'{int(scaled):,}' if scaled.is_integer() else f'{scaled:,.2f}'}"


def summary(
    model: nn.Module,
    input_size: Any = None,
    input_data: Any = None,
    batch_dim: int | None = None,
    cache_forward_pass: bool | None = None,
    col_names: Sequence[str] | None = None,
    col_width: int = 25,
    depth: int = 3,
    device: Any = None,
    dtypes: Sequence[Any] | None = None,
    mode: str | None = None,
    row_settings: Sequence[str] | None = None,
    verbose: int | None = None,
    **kwargs: Any,
) -> ModelStatistics:
    """Run a model once, in evaluation mode, and give a table of the modules that ran.

    Args:
        model: what is looked at.
        input_size: sides of the input, with the batch; a list of them for several inputs.
        input_data: the input itself, in the place of its size.
        batch_dim: where the batch of 1 is put, if ``input_size`` leaves it out.
        cache_forward_pass: accepted.
        col_names: columns, out of ``COLUMNS``.
        col_width: their width.
        depth: how deep modules in modules are shown.
        device: accepted.
        dtypes: kinds of the numbers of the inputs.
        mode: ``train`` runs the model as it is when it learns.
        row_settings: out of ``ROWS``.
        verbose: 1 prints the table, as happens outside a notebook; 0 only gives it.
        kwargs: handed to the model.

    Raises:
        UsageError: a column or a row setting that does not exist.

    Example:
        >>> summary(nn.Sequential(nn.Linear(3, 2), nn.ReLU()), (4, 3), col_width=16, verbose=0)
        ========================================================================
        Layer (type:depth-idx)                   Output Shape     Param #
        ========================================================================
        Sequential                               [4, 2]           --
        ├─Linear: 1-1                            [4, 2]           8
        ├─ReLU: 1-2                              [4, 2]           --
        ========================================================================
        Total params: 8
        Trainable params: 8
        Non-trainable params: 0
        Total mult-adds (Units.MEGABYTES): 0.00
        ========================================================================
        Input size (MB): 0.00
        Forward/backward pass size (MB): 0.00
        Params size (MB): 0.00
        Estimated Total Size (MB): 0.00
        ========================================================================
    """
    ran = input_size is not None or input_data is not None
    columns = [str(getattr(name, "value", name)) for name in col_names or (("output_size",) if ran else ())]
    columns = columns if col_names else [*columns, "num_params"]
    rows = [str(getattr(name, "value", name)) for name in row_settings or ("depth",)]
    for name, known in [*((each, COLUMNS) for each in columns), *((each, ROWS) for each in rows)]:
        if name not in known:
            raise UsageError(
                _("summary: expected one of {known}, got “{found}”").format(known=", ".join(known), found=name)
            )
    given = _inputs(input_size, input_data, batch_dim, dtypes)
    root = _watched(model, given, mode, kwargs) if ran else _named(model, type(model).__name__, 0, {}, set())
    size = sum(x.nelement() * x.element_size() for x in given if isinstance(x, Tensor))
    table = ModelStatistics(root, ran, size, columns, col_width, depth, rows)
    if verbose is None or verbose > 0:
        print(table)
    return table


def _inputs(size: Any, data: Any, batch: int | None, dtypes: Sequence[Any] | None) -> list[Any]:
    if data is not None:
        several = data if isinstance(data, (tuple, list)) else [data]
        return [tensor(each) if isinstance(each, np.ndarray) else each for each in several]
    if size is None:
        return []
    sizes = [size] if not size or isinstance(size[0], int) else list(size)
    given = []
    for i, sides in enumerate(sizes):
        full = list(sides)
        if batch is not None:
            full.insert(batch, 1)
        given.append(random.rand(*full).to(dtypes[i]) if dtypes else random.rand(*full))
    return given


def _sizes(value: Any) -> tuple[list[int], int]:
    """Sides of the first tensor in a value, and the bytes of one of its numbers."""
    if isinstance(value, Tensor):
        return [int(side) for side in value.shape], value.element_size()
    if isinstance(value, dict):
        return _sizes(list(value.values()))
    if hasattr(value, "batch_sizes"):
        return _sizes(value.data)
    return _sizes(value[0]) if isinstance(value, (tuple, list)) and value else ([], 0)


def _watched(model: nn.Module, given: list[Any], mode: str | None, options: dict[str, Any]) -> _Layer:
    """One pass, with a layer for each call of a module."""
    names = {id(module): name.rpartition(".")[2] for name, module in model.named_modules()}
    above: dict[int, Any] = {id(inner): outer for outer in model.modules() for inner in outer.children()}
    open_, known, counts = [_Layer(model, type(model).__name__, 0)], set[int](), dict[int, int]()

    def enter(module: nn.Module, args: Any) -> None:
        if module is model:
            open_[0].given = _sizes(args)[0]
            return
        layer = _Layer(module, names[id(module)], 0, given=_sizes(args)[0])
        for container in _between(module, open_[-1].module, above):  # lists of modules, which are never called
            last = open_[-1].inner[-1] if open_[-1].inner else None
            if last is None or last.module is not container:
                _into(open_[-1], _Layer(container, names[id(container)], 0), known, counts)
            open_.append(open_[-1].inner[-1])
        _into(open_[-1], layer, known, counts)
        open_.append(layer)

    def leave(module: nn.Module, _args: Any, output: Any) -> None:
        while open_[-1].module is not module:
            open_.pop()
        layer = open_[-1]
        layer.size, item = _sizes(output)
        layer.bytes = math.prod(layer.size) * item
        if layer is not open_[0]:
            open_.pop()
            while (
                len(open_) > 1 and not open_[-1].size and isinstance(open_[-1].module, (nn.ModuleList, nn.ModuleDict))
            ):
                open_.pop()

    hooks = [each for module in model.modules() for each in
             (module.register_forward_pre_hook(enter), module.register_forward_hook(leave))]  # fmt: skip
    learning = {id(module): module.training for module in model.modules()}
    try:
        model.train(mode == "train")
        with no_grad():
            model(*given, **options)
    finally:
        for module in model.modules():
            module.training = learning[id(module)]
        for hook in hooks:
            hook.remove()
    return open_[0]


def _between(module: Any, outer: Any, above: dict[int, Any]) -> list[Any]:
    """The containers that stand between two modules, from the outside in."""
    found: list[Any] = []
    while id(module) in above and above[id(module)] is not outer:
        module = above[id(module)]
        found.insert(0, module)
    return found if id(module) in above else []


def _into(outer: _Layer, layer: _Layer, known: set[int], counts: dict[int, int]) -> None:
    layer.depth = outer.depth + 1
    counts[layer.depth] = layer.index = counts.get(layer.depth, 0) + 1
    layer.repeated = id(layer.module) in known and layer.count > 0
    known.add(id(layer.module))
    outer.inner.append(layer)


def _named(module: Any, name: str, depth: int, counts: dict[int, int], known: set[int]) -> _Layer:
    """The modules of a model that does not run, in the order of their names."""
    layer = _Layer(module, name, depth)
    known.add(id(module))
    for key, inner in module.named_children():
        with contextlib.suppress(RecursionError):
            counts[depth + 1] = counts.get(depth + 1, 0) + 1
            index, again = counts[depth + 1], id(inner) in known
            made = _named(inner, key, depth + 1, counts, known)
            made.index, made.repeated = index, again
            layer.inner.append(made)
    return layer
