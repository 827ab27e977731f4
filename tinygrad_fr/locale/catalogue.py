"""Keep the French catalogue in step with the code (for developers; needs Babel).

    python -m tinygrad_fr.locale.catalogue update    # enter new messages, drop old ones
    python -m tinygrad_fr.locale.catalogue compile   # write the .mo file that the program reads
    python -m tinygrad_fr.locale.catalogue check     # fail on a missing or doubtful translation
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tinygrad_fr.locale import DIRECTORY, DOMAIN

PACKAGE = DIRECTORY.parent
SOURCE = DIRECTORY / "fr" / "LC_MESSAGES" / f"{DOMAIN}.po"
KEYWORDS = {"_": None, "tr": None, "ngettext": (1, 2), "lazy": None}
_FIELD = re.compile(r"\{(\w+)[^}]*\}|%\((\w+)\)")


def extracted() -> Catalog:
    """The messages that the code shows to people."""
    catalog = Catalog(project=DOMAIN, domain=DOMAIN, locale="fr", fuzzy=False)
    methods = [("**.py", "python"), ("**.html.jinja", "jinja2.ext:babel_extract")]
    for filename, line, message, comments, context in extract_from_dir(PACKAGE, methods, keywords=KEYWORDS):
        catalog.add(message, None, [(Path(filename).as_posix(), line)], auto_comments=comments, context=context)
    for message in CLICK:
        catalog.add(message, None, [("click", 0)])
    return catalog


# What click itself says; it looks these up in the current gettext domain.
CLICK = (
    "Usage: ",
    "Options",
    "Commands",
    "Arguments",
    "Error: {message}",
    "Show this message and exit.",
    "Show the version and exit.",
    "Missing command.",
    "Missing argument",
    "Missing option",
    "Missing parameter",
    "No such command {name!r}.",
    "No such option: {name}",
    "No such option {name!r}.",
    "Did you mean {possibility}?",
    "Invalid value: {message}",
    "Invalid value for {param_hint}: {message}",
    "Try '{command} {option}' for help.",
    "[OPTIONS]",
    "required",
    "default: {default}",
    "Aborted!",
    "{name!r} is not one of {choices}.",
    "{value!r} is not a valid {number_type}.",
    "Got unexpected extra argument ({args})",
    "{name} {filename!r} does not exist.",
    "file",
    "File",
)


def fields(text: str) -> set[str]:
    """Names of the placeholders of a message."""
    return {a or b for a, b in _FIELD.findall(text)}


def problems() -> list[str]:
    """What is wrong with the French catalogue, one sentence each."""
    with SOURCE.open("rb") as file:
        french = read_po(file, locale="fr")
    found = []
    for message in extracted():
        if not message.id:
            continue
        entry = french.get(message.id)
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = () if entry is None else entry.string if isinstance(entry.string, tuple) else (entry.string,)
        if entry is None or not all(strings):
            found.append(f"missing: {ids[0]!r}")
        elif entry.fuzzy:
            found.append(f"doubtful: {ids[0]!r}")
        elif any(fields(string) - set().union(*map(fields, ids)) for string in strings):
            found.append(f"other placeholders: {ids[0]!r}")
    return found


def update() -> None:
    """Enter the code's messages into the catalogue, keeping the translations."""
    catalog = extracted()
    if SOURCE.exists():
        with SOURCE.open("rb") as file:
            held = read_po(file, locale="fr")
        held.update(catalog, no_fuzzy_matching=True)
        held.obsolete.clear()
        catalog = held
    with SOURCE.open("wb") as file:
        write_po(file, catalog, width=120, sort_output=True, no_location=True, include_lineno=False, omit_header=False)


def compile_() -> None:
    """Write the .mo file."""
    with SOURCE.open("rb") as file:
        catalog = read_po(file, locale="fr")
    with SOURCE.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalog)


def main(arguments: list[str]) -> int:
    """Run one of the three commands."""
    if arguments == ["update"]:
        update()
    elif arguments == ["compile"]:
        compile_()
    elif arguments == ["check"]:
        found = problems()
        print("\n".join(found) or "the French catalogue is complete")
        return 1 if found else 0
    else:
        print(__doc__)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
