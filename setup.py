"""What pyproject.toml cannot say: plugins/ and tutorials/ as packages, and the French catalogue compiled at build time."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from setuptools import find_packages, setup

# Every .po to the .mo that the program reads, before setuptools looks which files there are.
for source in Path("tinygrad_fr/locale").glob("*/LC_MESSAGES/*.po"):
    with source.open("rb") as po, source.with_suffix(".mo").open("wb") as mo:
        write_mo(mo, read_po(po))

setup(
    packages=[
        *find_packages(include=["tinygrad_fr", "tinygrad_fr.*"]),
        "tinygrad_fr_plugins",
        "tinygrad_fr_plugins.vision",
        "tinygrad_fr_tutorials",
        "tinygrad_fr_tutorials.exercises",
    ],
    package_dir={"tinygrad_fr_plugins": "plugins", "tinygrad_fr_tutorials": "tutorials"},
    package_data={
        "tinygrad_fr": [
            "py.typed",
            "locale/*/LC_MESSAGES/*.mo",
            "report/*.jinja",
            "draw/vendor/*",
            "cli/*.jinja",
            "plugins/template/*.jinja",
            "living/static/*",
            "page/*.jinja",
            "page/static/*",
            "page/vendor/*",
        ],
        "tinygrad_fr_plugins": ["py.typed"],
        "tinygrad_fr_tutorials": ["*.py"],
    },
)
