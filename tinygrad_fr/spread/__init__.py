"""Work that falls into independent pieces, on this machine's cores or on a Dask cluster."""

from tinygrad_fr.spread.cell import Cell, Row
from tinygrad_fr.spread.sweep import Group, Sweep
from tinygrad_fr.spread.workers import Done, Workers

__all__ = ["Cell", "Done", "Group", "Row", "Sweep", "Workers"]
