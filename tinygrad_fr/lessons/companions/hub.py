"""``torch.hub`` and ``torch.utils.model_zoo``: lessons import them before they know whether they will download. Nothing is downloaded."""

from __future__ import annotations

from typing import Any, NoReturn

from tinygrad_fr.errors import AbsentError
from tinygrad_fr.locale import _

__all__ = ["download_url_to_file", "load", "load_state_dict_from_url", "load_url"]


def load_state_dict_from_url(url: str, *_given: Any, **_options: Any) -> NoReturn:
    """Refuse to download weights.

    Raises:
        AbsentError: always.

    Example:
        >>> try:
        ...     load_state_dict_from_url("https://example.org/weights.pth")
        ... except RuntimeError as error:
        ...     print(type(error).__name__)
        AbsentError
    """
    raise AbsentError(
        _("{url}: nothing is downloaded: read a file that is on disk with load_state_dict(torch.load(…))").format(
            url=url
        )
    )


load = load_url = download_url_to_file = load_state_dict_from_url
