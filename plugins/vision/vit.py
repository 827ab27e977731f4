"""The Vision Transformer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_fr import cat, nn
from tinygrad_fr.plugins import Settings, Text, setting

from .shared import PRESET, RATE, Vision


@dataclass(frozen=True)
class ViTSettings(Settings):
    """Hyper-parameters of the Vision Transformer."""

    preset: str = setting("small", PRESET, choices=("small", "vit-b-16"))
    lr: float = setting(0.002, RATE, low=0.0)


class ViTModule(nn.Module):
    """Patches as words: an embedding each, a place each, then the encoder of a Transformer."""

    def __init__(self, preset: str) -> None:
        super().__init__()
        full = preset == "vit-b-16"
        side, patch, channels, width, heads, depth, wide, classes = (
            (224, 16, 3, 768, 12, 12, 3072, 1000) if full else (8, 2, 1, 32, 4, 2, 64, 10)
        )
        self.conv_proj = nn.Conv2d(channels, width, patch, patch)
        places = (side // patch) ** 2 + 1
        self.class_token = nn.Parameter(np.zeros((1, 1, width), np.float32))
        self.pos_embedding = nn.Parameter(
            np.random.default_rng(0).normal(scale=0.02, size=(1, places, width)).astype(np.float32)
        )
        layer = nn.TransformerEncoderLayer(width, heads, wide, 0.0, "gelu", 1e-6, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, depth, nn.LayerNorm(width, 1e-6))
        self.head = nn.Linear(width, classes)

    def forward(self, x: Any) -> Any:
        """Images to scores: those of the class token, which looks at every patch."""
        patches = self.conv_proj(x).flatten(2).transpose(1, 2)
        token = self.class_token.expand(x.shape[0], -1, -1)
        words = cat([token, patches], 1) + self.pos_embedding
        return self.head(self.encoder(words)[:, 0])


class ViT(Vision):
    """The Vision Transformer (Dosovitskiy et al., 2021)."""

    name = "vit"
    title = Text(fr="Vision Transformer (ViT)", en="Vision Transformer (ViT)")
    settings = ViTSettings()
    epochs = 45
    explanation = Text(
        fr=(
            "L’image est coupée en carrés, lus comme des mots : un vecteur chacun, plus celui de sa place. L’attention"
            " relie tous les carrés dès la première couche, sans convolution. `--set preset=vit-b-16` : 86 567 656"
            " paramètres."
        ),
        en=(
            "The image is cut into squares that are read as words: a vector each, plus that of its place. Attention"
            " relates all squares from the first layer on, without convolution. `--set preset=vit-b-16`: 86 567 656"
            " parameters."
        ),
    )

    def image(self, settings: ViTSettings) -> tuple[int, int]:
        """Full size: colour images of 224×224."""
        return (1, self.side) if settings.preset == "small" else (3, 224)

    def build(self, settings: ViTSettings) -> nn.Module:
        """A new network."""
        return ViTModule(settings.preset)
