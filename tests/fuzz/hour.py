"""An hour of damaged files for every reader: ``python -m tests.fuzz.hour [MINUTES [FOLDER]]``.

Readers take turns, so that each gets the same time. What breaks one is kept in the folder, and the exit code is then 1.
"""

import random
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

from tests.fuzz.test_readers import READERS, edited, outcome

TURN = 10  # seconds
NUMBERS = (
    b"\xff" * 4,
    b"\x7f" + b"\xff" * 3,
    b"\xff" * 8,
    b"\0" * 8,
    b"\xff\xff\xff\x7f",
    b"\0\0\0\x80",
    b"\x01" + b"\0" * 7,
)


def change(chance, size):
    """One edit of a file of some size, more often of one byte than of many."""
    kind = chance.choice(("cut", "byte", "byte", "byte", "number", "number", "insert", "drop", "again"))
    more = {
        "byte": lambda: bytes([chance.randrange(256)]),
        "number": lambda: chance.choice(NUMBERS),
        "insert": lambda: chance.randbytes(chance.randint(1, 9)),
        "drop": lambda: chance.randint(1, 40),
        "again": lambda: chance.randint(1, 40),
    }
    place = chance.random() if chance.random() < 0.7 else min(chance.randrange(200) / max(size, 1), 1)
    return kind, place, more.get(kind, lambda: None)()


def main(minutes=60.0, kept="fuzzed"):
    """Fuzz every reader in turn; how many outcomes of each kind there were."""
    warnings.simplefilter("ignore")
    counts, broken, end, turn = Counter(), Counter(), time.monotonic() + 60 * float(minutes), 0
    while time.monotonic() < end:
        for name, (make, read) in READERS.items():
            chance = random.Random(f"{turn} {name}")
            with tempfile.TemporaryDirectory() as folder:
                path = make(Path(folder))
                whole = path.read_bytes()
                until = time.monotonic() + TURN
                while time.monotonic() < until:
                    changes = [change(chance, len(whole)) for _ in range(chance.choice((1, 1, 2, 4, 8)))]
                    data = edited(whole, changes)
                    path.write_bytes(data)
                    try:
                        counts[name, outcome(read, path)] += 1
                    except BaseException as error:
                        if isinstance(error, KeyboardInterrupt):
                            raise
                        last = traceback.extract_tb(error.__traceback__)[-1]
                        where = (name, type(error).__name__, last.filename, last.lineno)
                        if not broken[where]:
                            Path(kept).mkdir(exist_ok=True)
                            Path(kept, f"{len(broken)} {name} {path.name}").write_bytes(data)
                            print(
                                f"{name}: {type(error).__name__}: {error}\n{traceback.format_exc()[-900:]}", flush=True
                            )
                        broken[where] += 1
        turn += 1
        print(f"turn {turn}: {sum(counts.values())} files, {len(broken)} faults", flush=True)
    for name in READERS:
        print(f"{name}: {counts[name, 'read']} read, {counts[name, 'refused']} refused")
    for where, count in broken.items():
        print("broken:", *where, f"×{count}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
