"""ONNX's own tests of its operators, run here: how many give ONNX's values, and why the others are refused.

    python -m tinygrad_fr.testing.tables.onnx_nodes          # the table
    python -m tinygrad_fr.testing.tables.onnx_nodes resize   # what does not agree, test by test

The tests are those that the installed package `onnx` makes with its own scripts: a model of one node (or of what that
node stands for), inputs, and the outputs to expect. They are compared as ONNX compares them: types, shapes, values.
"""

from __future__ import annotations

import re
import tempfile
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_fr.bridges.onnx import load
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.locale import set_language

if TYPE_CHECKING:
    from collections.abc import Iterable

AGREES, REFUSED, WRONG, BREAKS = "agrees", "refused", "wrong", "breaks"


class Outcome(NamedTuple):
    """What came of one test.

    Attributes:
        name: the test's.
        operator: of its first node.
        kind: whether it agrees, is refused, is wrong, or breaks.
        why: the sentence, where it does not agree.
    """

    name: str
    operator: str
    kind: str
    why: str = ""


def cases(chosen: str = "") -> list[Any]:
    """ONNX's tests of its operators whose name matches a regular expression."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.case.node import collect_testcases

        return [case for case in collect_testcases(None) if re.search(chosen, case.name)]


def outcome(case: Any, folder: Path) -> Outcome:
    """Run one test."""
    path = folder / "node.onnx"
    path.write_bytes(case.model.SerializeToString())
    operator = case.model.graph.node[0].op_type

    def ends(kind: str, why: object = "") -> Outcome:
        return Outcome(case.name, operator, kind, str(why).replace(str(path), "file"))

    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            module = load(path, outputs=[value.name for value in case.model.graph.output])
            for inputs, expected in case.data_sets:
                found = module(*map(_brought, inputs))
                _compare(found if isinstance(found, tuple) else (found,), expected, case)
    except AssertionError as difference:
        return ends(WRONG, " ".join(str(difference).split()))
    except TinygradError as error:
        accident = error.__cause__
        return ends(REFUSED, error) if accident is None or isinstance(accident, TinygradError) else ends(BREAKS, error)
    except Exception as error:  # the outcome that this table exists to count
        return ends(BREAKS, f"{type(error).__name__}: {error}")
    return ends(AGREES)


def _brought(given: Any) -> Any:
    from onnx import TensorProto, numpy_helper

    if isinstance(given, TensorProto):
        return numpy_helper.to_array(given)
    return given


def _compare(found: Any, expected: Any, case: Any) -> None:
    assert len(found) == len(expected), f"{len(found)} values where {len(expected)} are expected"
    for ours, theirs in zip(found, expected, strict=True):
        theirs = _brought(theirs)
        if isinstance(theirs, list | tuple):
            assert isinstance(ours, list | tuple), f"{type(ours).__name__} for a sequence"
            _compare(ours, theirs, case)
        elif theirs is None:
            assert ours is None
        else:
            theirs = np.asarray(theirs)
            values = np.asarray(ours.detach().numpy() if hasattr(ours, "detach") else ours)
            assert values.shape == theirs.shape, f"shape {values.shape} for {theirs.shape}"
            assert values.dtype == theirs.dtype, f"{values.dtype} for {theirs.dtype}"
            if theirs.dtype.kind in "OUSb":
                np.testing.assert_array_equal(values, theirs)
            else:
                rough = 2**-6 if theirs.dtype.name == "bfloat16" else case.rtol
                kind = np.float64 if theirs.dtype.kind == "V" else theirs.dtype
                np.testing.assert_allclose(values.astype(kind), theirs.astype(kind), rtol=rough, atol=case.atol)


def outcomes(chosen: Iterable[Any] | None = None) -> list[Outcome]:
    """The outcome of every test."""
    with tempfile.TemporaryDirectory() as folder:
        return [outcome(case, Path(folder)) for case in (cases() if chosen is None else chosen)]


HEAD = """\
## ONNX’s own tests of its operators

Written by `python -m tinygrad_fr.testing.tables.onnx_nodes`: the {total} tests that onnx {version} makes of its operators with its own
scripts, loaded from files and compared as ONNX compares them (types, shapes, values within 1e-3).

| Outcome | Tests |
|---|---|
{outcomes}

Why tests are refused, each in one sentence:

| Cause | Tests | Operators |
|---|---|---|
{causes}
"""


def cause(one: Outcome) -> tuple[str, str]:
    """Why a test is refused, without the names of its file and nodes, and the operator that the sentence is about."""
    missing = re.search(r"no operation here means ([^ ,]+)", one.why)
    if missing is not None:
        return "no operation here has its meaning", missing[1]
    about = re.match(r"(\S+) “[^”]*”: ", one.why)
    said = one.why[about.end() :] if about is not None else one.why.partition(": ")[2] or one.why
    said = re.sub(r"of \d+ times [\d.]+", "times its scale", re.sub(r"“[^”]*”", "“…”", said))
    return said, about[1] if about is not None else one.operator


def section(found: Iterable[Outcome]) -> str:
    """The outcomes as a part of the page: how many of each, and why tests are refused."""
    import onnx

    every = list(found)
    kinds = Counter(one.kind for one in every)
    causes: dict[str, Counter[str]] = {}
    for one in every:
        if one.kind == REFUSED:
            said, operator = cause(one)
            causes.setdefault(said, Counter())[operator] += 1
    rows = []
    for said, operators in sorted(causes.items(), key=lambda item: (-item[1].total(), item[0])):
        named = ", ".join(f"`{name}` ×{n}" if n > 1 else f"`{name}`" for name, n in sorted(operators.items()))
        rows.append(f"| {said} | {operators.total()} | {named} |")
    return HEAD.format(
        total=len(every),
        version=onnx.__version__,
        outcomes="\n".join(f"| {kind} | {kinds[kind]} |" for kind in (AGREES, REFUSED, WRONG, BREAKS)),
        causes="\n".join(rows),
    )


def main() -> None:
    """Print the table; with a regular expression, the tests of these names that do not agree."""
    import sys

    set_language("en")
    if len(sys.argv) == 1:
        print(section(outcomes()))
        return
    for one in outcomes(cases(sys.argv[1])):
        if one.kind != AGREES:
            print(*one, sep="\t")


if __name__ == "__main__":
    main()
