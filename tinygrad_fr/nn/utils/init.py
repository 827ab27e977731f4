"""Layers whose parameters are not drawn."""

from __future__ import annotations

from typing import Any, TypeVar

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.nn.module import Module
from tinygrad_fr.random import default

M = TypeVar("M", bound=Module)


def skip_init(module_cls: type[M], *args: Any, **kwargs: Any) -> M:
    """A layer whose parameters somebody will set: no random number is used up by them.

    Raises:
        UsageError: it is no module.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.manual_seed(0) and None
        >>> layer = tg.nn.utils.skip_init(tg.nn.Linear, 2, 3)
        >>> layer.weight.shape, tg.rand(1)  # the first number of the seed
        (torch.Size([3, 2]), tensor([0.4963]))
    """
    if not (isinstance(module_cls, type) and issubclass(module_cls, Module)):
        raise UsageError(_("skip_init: expected a class of modules, got {found}").format(found=module_cls))
    drawn = default.get_state()
    try:
        return module_cls(*args, **kwargs)
    finally:
        default.set_state(drawn)
