"""``torch.nn.parallel`` as code of others imports it: modules that share out their work, which one process does itself."""

from __future__ import annotations

from functools import partial

from tinygrad_fr.devices.absent import unusable
from tinygrad_fr.errors import AbsentError
from tinygrad_fr.locale import _
from tinygrad_fr.nn.container import DataParallel

__all__ = ["DataParallel", "DistributedDataParallel"]


def _absent(name: str) -> AbsentError:
    return AbsentError(_("torch.nn.parallel.{name}: one process learns here: use the module itself").format(name=name))


DistributedDataParallel = unusable(
    "torch.nn.parallel", "DistributedDataParallel", partial(_absent, "DistributedDataParallel")
)
