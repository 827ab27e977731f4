"""Fetch the libraries that the page carries, as their authors published them, and check that they are these.

    python -m tinygrad_fr.page.vendor.fetch

dagre (MIT) lays out graphs in the browser, so that opening a part lays out what is then seen.
"""

from __future__ import annotations

import hashlib
import io
import sys
import tarfile
from pathlib import Path
from urllib.request import urlopen

ADDRESS = "https://registry.npmjs.org/@dagrejs/dagre/-/dagre-3.1.3.tgz"
FILES = {  # path in the archive → name here, SHA-256
    "package/dist/dagre.min.js": ("dagre.min.js", "54a503e346f93ca0bb10abe7999587e037262935687aca45eb4e4b0f64bbb578"),
    "package/dist/dagre.min.js.LEGAL.txt": (
        "dagre.LICENSE.txt",
        "9148bffb1e84382a8b6668eeb2b53c6a554341d714fba129856ea5eb350d35f3",
    ),
}


def fetch() -> None:
    """Download, check, and only then write."""
    with urlopen(ADDRESS) as answer, tarfile.open(fileobj=io.BytesIO(answer.read())) as archive:
        found = {}
        for path, (name, expected) in FILES.items():
            member = archive.extractfile(path)
            data = member.read() if member is not None else b""
            if hashlib.sha256(data).hexdigest() != expected:
                sys.exit(f"{path}: not the file that was expected; nothing was written")
            found[name] = data
    for name, data in found.items():
        (Path(__file__).parent / name).write_bytes(data)


if __name__ == "__main__":
    fetch()
