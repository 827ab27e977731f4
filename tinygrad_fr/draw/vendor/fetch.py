"""Fetch Graphviz as WebAssembly, as viz-js publishes it, and check that it is this.

    python -m tinygrad_fr.draw.vendor.fetch

The package carries the binary inside a text of JavaScript; here it is taken out, and the JavaScript left behind.
"""

from __future__ import annotations

import ast
import hashlib
import io
import sys
import tarfile
from pathlib import Path
from urllib.request import urlopen

ADDRESS = "https://registry.npmjs.org/@viz-js/viz/-/viz-3.31.0.tgz"
MEMBER = "package/lib/backend.js"
NAME, SHA256 = "graphviz.wasm", "b113d594ef25f4da9d12e83f7f1550f00aae8e8fa911ebc4c4417ec1293f1451"


def binary(script: str) -> bytes:
    """The bytes that the script's own ``binaryDecode`` gives: a character per byte, one over 255 standing for 0."""
    start = script.index("binaryDecode('") + len("binaryDecode(")
    end = script.index("')}function getBinarySync", start) + 1
    text = ast.literal_eval(script[start:end].replace("\0", "\\x00"))
    return bytes(ord(char) if ord(char) < 256 else 0 for char in text)


def fetch() -> None:
    """Download, check, and only then write."""
    with urlopen(ADDRESS) as answer, tarfile.open(fileobj=io.BytesIO(answer.read())) as archive:
        member = archive.extractfile(MEMBER)
        data = binary(member.read().decode() if member is not None else "")
    if hashlib.sha256(data).hexdigest() != SHA256:
        sys.exit(f"{NAME}: not the file that was expected; nothing was written")
    (Path(__file__).parent / NAME).write_bytes(data)


if __name__ == "__main__":
    fetch()
