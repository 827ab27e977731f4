"""The generated pages say what the code says."""

from pathlib import Path

from tinygrad_fr.ops.reference import reference
from tinygrad_fr.testing.proving.proofs import operations, proofs

DOCS = Path(__file__).parent.parent / "docs"


def test_the_table_of_operations_is_current():
    assert (DOCS / "operations.md").read_text(encoding="utf-8") == reference()


def test_the_table_of_proofs_has_every_operation_and_proof():
    rows = {}
    for line in (DOCS / "proofs.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            name, *cells = [cell.strip() for cell in line.strip("|").split("|")]
            rows[name.strip("`")] = cells
    assert rows == {op.name: ["✓" if proof.applies(op) else "–" for proof in proofs()] for op in operations()}
