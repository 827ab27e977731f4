"""The process that tests fork the program from: it imports what commands import, so that none of its forks does.

Modules of commands are left out: they are imported once the language is known.
"""

import gc
from importlib import import_module

IMPORTED = [
    "numba.core.registry",
    "onnx",
    "pygraphviz",
    "rich._emoji_codes",
    "rich.progress",
    "rich.table",
    "safetensors.numpy",
    "tinygrad_fr.bridges.onnx.export",
    "tinygrad_fr.bridges.onnx.model",
    "tinygrad_fr.cli.asked",
    "tinygrad_fr.cli.distance",
    "tinygrad_fr.cli.main",
    "tinygrad_fr.cli.picture",
    "tinygrad_fr.cli.reading",
    "tinygrad_fr.cli.trained",
    "tinygrad_fr.cli.variants",
    "tinygrad_fr.cli.window",
    "tinygrad_fr.draw.animation",
    "tinygrad_fr.draw.chart",
    "tinygrad_fr.explain.steps",
    "tinygrad_fr.kernels.elementwise",
    "tinygrad_fr.kernels.interpreter",
    "tinygrad_fr.kernels.layers.softmax",
    "tinygrad_fr.lessons.formula",
    "tinygrad_fr.page.formula",
    "tinygrad_fr.page.reading",
    "tinygrad_fr.replay",
    "tinygrad_fr.spread.sweep",
    "tinygrad_fr.testing.contract",
    "tinygrad_fr.training",
    "tinygrad_fr.tutorials.progress",
    "tinygrad_fr_plugins.course",
]

for name in IMPORTED:
    import_module(name)

from numba.core.registry import cpu_target  # noqa: E402 - of what is imported above

cpu_target.typing_context.refresh()  # which imports the functions that numba knows
cpu_target.target_context.refresh()

gc.collect()
gc.freeze()  # a fork that looks for garbage among all this would copy it
