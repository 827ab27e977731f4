"""``torch.version``: which PyTorch's names and numbers these are, and for which devices it was built: for none besides the CPU."""

from __future__ import annotations

from tinygrad_fr.lessons.alias import VERSION

__all__ = ["__version__", "cuda", "debug", "git_version", "hip", "xpu"]

__version__ = VERSION
cuda: str | None = None
hip: str | None = None
xpu: str | None = None
debug = False
git_version = "0" * 40
