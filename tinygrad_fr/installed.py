"""The version of the installed package, whatever name it answers to in a lesson."""

from functools import lru_cache


@lru_cache
def version() -> str:
    """The version that was installed; "0+unknown" for a source tree that never was.

    Example:
        >>> import tinygrad_fr as tg
        >>> version() == tg.__version__
        True
    """
    from importlib import metadata

    try:
        return metadata.version("tinygrad_fr")
    except metadata.PackageNotFoundError:
        return "0+unknown"
