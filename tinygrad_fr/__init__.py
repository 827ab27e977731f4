"""tinygrad_fr: an autograd engine that you can see.

Names are PyTorch's wherever PyTorch has the thing. They are loaded on first use, so that ``import tinygrad_fr`` and
``tinygrad-fr --help`` cost next to nothing.

Example:
    >>> from tinygrad_fr import tensor
    >>> x = tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
"""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any  # not when the program runs: Ctrl-C may come from the first import on

# Room → names that it gives to the package's namespace. The operations give their own, by their definitions.
_ROOMS = {
    "replay": ("compile",),
    "handles.tensor": ("Tensor", "tensor"),
    "handles.creation": (
        "arange",
        "as_tensor",
        "asarray",
        "detach",
        "empty",
        "empty_like",
        "empty_strided",
        "eye",
        "from_dlpack",
        "from_numpy",
        "frombuffer",
        "full",
        "full_like",
        "is_complex",
        "is_floating_point",
        "is_tensor",
        "linspace",
        "logspace",
        "numel",
        "ones",
        "ones_like",
        "range",
        "scalar_tensor",
        "zeros",
        "zeros_like",
    ),
    "handles.windows": ("bartlett_window", "blackman_window", "hamming_window", "hann_window", "kaiser_window"),
    "devices.device": ("device", "get_default_device", "set_default_device"),
    "amp": ("autocast", "is_autocast_enabled"),
    "devices.layout": (
        "channels_last",
        "channels_last_3d",
        "contiguous_format",
        "layout",
        "memory_format",
        "preserve_format",
        "strided",
    ),
    "devices.choices": (
        "are_deterministic_algorithms_enabled",
        "get_default_device",
        "get_float32_matmul_precision",
        "get_num_threads",
        "set_default_device",
        "set_float32_matmul_precision",
        "set_num_threads",
        "use_deterministic_algorithms",
    ),
    "handles.legacy": (
        "BoolTensor",
        "ByteTensor",
        "CharTensor",
        "DoubleTensor",
        "FloatTensor",
        "HalfTensor",
        "IntTensor",
        "LongTensor",
        "ShortTensor",
        "set_default_tensor_type",
    ),
    "handles.printing": ("get_printoptions", "printoptions", "set_printoptions"),
    "handles.scalar": ("Scalar", "Value"),
    "serialization": ("load", "save"),
    "modes": (
        "enable_grad",
        "inference_mode",
        "is_grad_enabled",
        "no_grad",
        "opened",
        "set_grad_enabled",
        "time_step",
        "recording",
    ),
    "observers": ("detect_anomaly", "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "observe"),
    "graph": ("Graph",),
    "func": ("vmap",),
    "handles.size": ("Size",),
    "promotion.dtype": ("set_default_dtype",),
    "promotion.left_out": (
        "bfloat16",
        "cdouble",
        "cfloat",
        "chalf",
        "complex128",
        "complex32",
        "complex64",
        "float8_e4m3fn",
        "float8_e4m3fnuz",
        "float8_e5m2",
        "float8_e5m2fnuz",
        "qint32",
        "qint8",
        "quint8",
    ),
    "dtypes": (
        "bool",
        "can_cast",
        "double",
        "dtype",
        "finfo",
        "float",
        "float16",
        "float32",
        "float64",
        "get_default_dtype",
        "half",
        "iinfo",
        "int",
        "int16",
        "int32",
        "int64",
        "int8",
        "long",
        "promote_types",
        "result_type",
        "short",
        "uint16",
        "uint32",
        "uint64",
        "uint8",
    ),
    "random": (
        "Generator",
        "bernoulli",
        "binomial",
        "default_generator",
        "get_rng_state",
        "initial_seed",
        "manual_seed",
        "multinomial",
        "normal",
        "poisson",
        "rand",
        "rand_like",
        "randint",
        "randint_like",
        "randn",
        "randn_like",
        "randperm",
        "seed",
        "set_rng_state",
    ),
}
_NUMBERS = {
    "e": 2.718281828459045,
    "inf": float("inf"),
    "nan": float("nan"),
    "newaxis": None,
    "pi": 3.141592653589793,
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names}
# Modules of the package's namespace → where they are.
_MODULES = {
    "accelerator": "devices.accelerator",
    "amp": "amp",
    "autograd": "autograd",
    "backends": "devices.backends",
    "cuda": "devices.cuda",
    "data": "data",
    "distributions": "distributions",
    "explain": "explain",
    "func": "func",
    "functional": "functional",
    "lessons": "lessons",
    "linalg": "linalg",
    "nn": "nn",
    "ops": "ops",
    "optim": "optim",
    "random": "random",
    "record": "record",
    "serialization": "serialization",
    "special": "special",
    "testing": "testing",
    "training": "training",
    "utils": "utils",
}


def __getattr__(name: str) -> Any:
    value: Any
    if name == "__version__":  # of the distribution, which takes as long to find as all else here
        value = import_module("tinygrad_fr.installed").version()
    elif name.startswith("__"):
        raise AttributeError(name)
    elif name.startswith("_foreach_"):
        value = import_module("tinygrad_fr.foreach").foreach(name)
        if value is None:
            raise AttributeError(_absent("tinygrad_fr", name))
    elif name in _HOME:
        import_module("tinygrad_fr.handles")
        value = getattr(import_module(f"tinygrad_fr.{_HOME[name]}"), name)
    elif name in _NUMBERS:
        value = _NUMBERS[name]
    elif name in _MODULES:
        value = import_module(f"tinygrad_fr.{_MODULES[name]}")
    else:
        ops = import_module("tinygrad_fr.ops")
        import_module("tinygrad_fr.handles")
        value = ops.public().get(name)
        if value is None and name.endswith("_"):  # torch.relu_(x) is x.relu_()
            value = getattr(import_module("tinygrad_fr.handles.tensor").Tensor, name, None)
        value = value or _internal(ops.registry.get(name)) or import_module("tinygrad_fr.moved").moved_name(name, 2)
        if value is None:
            raise AttributeError(_absent("tinygrad_fr", name))
    globals()[name] = value
    return value


def _absent(module: str, name: str) -> str:
    """What is not here, and what to do in its place where that is known."""
    text = f"module {module!r} has no attribute {name!r}"
    if name.startswith("_"):
        return text
    way = import_module("tinygrad_fr.lessons.names").another_way(f"torch.{name}")
    return f"{text}: {way}" if way else text


def _internal(op: Any) -> Any:
    """A step of a public operation, which had a name here before; it goes in 0.2."""
    if op is not None:
        import_module("warnings").warn(
            f"tinygrad_fr.{op.name} is internal, and leaves this namespace in 0.2: use {op.shown_as}",
            DeprecationWarning,
            stacklevel=3,
        )
    return op


def __dir__() -> list[str]:
    ops = import_module("tinygrad_fr.ops")
    return sorted({*_HOME, *_NUMBERS, *_MODULES, *ops.public(), "__version__"})


# What shows itself as a picture in a notebook; how is in tinygrad_fr.notebook, loaded when the first one is shown.
_SHOWN = {
    "handles.tensor": "Tensor",
    "handles.scalar": "Scalar",
    "graph": "Graph",
    "nn.module": "Module",
    "draw.diagram": "Diagram",
    "explain.levels.view": "View",
    "explain.lenses.flow": "Flow",
    "explain.lenses.gates": "Gates",
    "explain.lenses.history": "History",
    "explain.lenses.cliff": "Cliff",
    "explain.steps.walk": "Walk",
}


def _show_in(shell: Any) -> None:
    """Tell a notebook how to show our types, by their names, which imports none of them."""
    formatters = shell.display_formatter.formatters
    for module, name in _SHOWN.items():
        module = f"tinygrad_fr.{module}"
        formatters["text/html"].for_type_by_name(
            module, name, lambda shown: import_module("tinygrad_fr.notebook").html(shown)
        )
        if ".explain." in module:  # a reading holds arrays, which nobody reads as text
            formatters["text/plain"].for_type_by_name(module, name, _reading_as_text)


def _reading_as_text(shown: Any, printer: Any, _cycle: bool) -> None:
    """What a notebook keeps of a reading for readers without pictures: what it says of itself, or its kind."""
    printer.text(str(shown) if "__str__" in vars(type(shown)) else f"<{type(shown).__name__}>")


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext tinygrad_fr``: the cell magic ``%%tinygrad_fr``, which draws what a cell recorded, and ``%tinygrad_fr torch``.

    Example:
        >>> class Shell:
        ...     def register_magic_function(self, function, kind, name):
        ...         print(f"%%{name}", kind)
        >>> load_ipython_extension(Shell())
        %%tinygrad_fr line_cell
    """
    import_module("tinygrad_fr.magic").register(shell)


import_module("tinygrad_fr.moved").install()
if "IPython" in sys.modules and (shell := sys.modules["IPython"].get_ipython()) is not None:
    _show_in(shell)
