"""Models as plugins: the contract, and how plugins are found."""

from tinygrad_fr.plugins.classifier import Classifier
from tinygrad_fr.plugins.contract import API, Batch, Model, Recipe
from tinygrad_fr.plugins.discovery import Catalogue, Failure
from tinygrad_fr.plugins.reading import numbers, symbols
from tinygrad_fr.plugins.settings import Settings, setting
from tinygrad_fr.plugins.text import Text
from tinygrad_fr.plugins.words import WordModel, WordModule

__all__ = [
    "API",
    "Batch",
    "Catalogue",
    "Classifier",
    "Failure",
    "Model",
    "Recipe",
    "Settings",
    "Text",
    "WordModel",
    "WordModule",
    "numbers",
    "setting",
    "symbols",
]
