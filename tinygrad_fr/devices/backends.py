"""``torch.backends``: switches of libraries that are not here, which programs set without asking."""

from __future__ import annotations

from types import SimpleNamespace


def _no() -> bool:
    return False


cudnn = SimpleNamespace(
    enabled=False, deterministic=False, benchmark=False, allow_tf32=False, is_available=_no, version=lambda: None
)
cuda = SimpleNamespace(matmul=SimpleNamespace(allow_tf32=False), is_built=_no)
mps = SimpleNamespace(is_available=_no, is_built=_no)
mkldnn = SimpleNamespace(enabled=False, is_available=_no)
