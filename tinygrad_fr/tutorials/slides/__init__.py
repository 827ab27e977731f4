"""A tutorial as slides: its text and pictures, one idea per page, as PDF or PowerPoint."""

from tinygrad_fr.tutorials.slides.deck import Deck, Slide, deck

__all__ = ["Deck", "Slide", "deck"]
