"""A recorded run, or a reading of one, as a single HTML file that works offline: distances, steps, cards, search."""

from tinygrad_fr.page.reading import flow_page, gates_page, reading_page
from tinygrad_fr.page.run import run_page

__all__ = ["flow_page", "gates_page", "reading_page", "run_page"]
