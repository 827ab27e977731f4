"""Keep the French catalogue in step with the code (for developers; needs Babel).

python -m tinygrad_fr.locale.catalogue update    # enter new messages, drop old ones
python -m tinygrad_fr.locale.catalogue compile   # write the .mo file that the program reads
python -m tinygrad_fr.locale.catalogue check     # fail on a missing, doubtful or badly typed translation
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tinygrad_fr.locale import DIRECTORY, DOMAIN, _catalogue
from tinygrad_fr.locale.click_words import CLICK
from tinygrad_fr.locale.glossary import rivals

PACKAGE = DIRECTORY.parent
SOURCE = DIRECTORY / "fr" / "LC_MESSAGES" / f"{DOMAIN}.po"
METHODS = [("**.py", "python"), ("**.jinja", "jinja2.ext:babel_extract")]
KEYWORDS = {
    "_": None,
    "tr": None,
    "message": None,
    "ngettext": (1, 2),
}  # tr: _ where _ means something else; message: shown later
# Babel's own header carries dates, which would change at every update.
_HEADER = rb"""msgid ""
msgstr ""
"Project-Id-Version: tinygrad_fr\n"
"Language: fr\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\n"

"""
_FIELD = re.compile(r"\{(\w+)[^}]*\}|%\((\w+)\)")
_TYPING = {
    re.compile(r"[ \w})»][;!?](?=\s|$)| [:»%]|[\w})»]:(?=\s|$)|«(?![\u00a0\u202f])"): "a no-break space is missing",
    re.compile(r"\w'\w"): "' stands for ’",
    re.compile(r"\.\.\.(?!\w)"): "... stands for …",
}


def extracted() -> Catalog:
    """The messages that the program shows to people."""
    catalog = Catalog(project=DOMAIN, domain=DOMAIN, locale="fr", fuzzy=False)
    for filename, line, text, comments, context in extract_from_dir(PACKAGE, METHODS, keywords=KEYWORDS):
        catalog.add(text, None, [(Path(filename).as_posix(), line)], auto_comments=comments, context=context)
    for said in CLICK:
        catalog.add(said, None, [("click", 0)])
    return catalog


def written() -> Catalog:
    """The French catalogue as it stands."""
    with SOURCE.open("rb") as file:
        return read_po(file, locale="fr", domain=DOMAIN)


def problems() -> list[str]:
    """What is wrong with the French catalogue, one sentence each."""
    french, said = written(), extracted()
    gone = [entry for entry in french if entry.id and said.get(entry.id, entry.context) is None]
    found = [f"no longer said: {_texts(entry.id)[0]!r}" for entry in gone]
    for message in said:
        if message.id:
            entry = french.get(message.id, message.context)
            found += [f"{cause}: {_texts(message.id)[0]!r}" for cause in _wrong(message, entry)]
    return found


def _wrong(message: Message, entry: Message | None) -> list[str]:
    texts = _texts(entry.string) if entry is not None else []
    if entry is None or not all(texts):
        return ["missing"]
    fields = [_fields(text) for text in _texts(message.id)]
    found = ["doubtful"] if entry.fuzzy else []
    # A plural may leave out the number, a message on its own may leave out nothing.
    if any(_fields(text) not in fields for text in texts) and not (
        len(fields) > 1 and all(_fields(text) <= set.union(*fields) for text in texts)
    ):
        found.append("other placeholders")
    return (
        found
        + [cause for text in texts for cause in mistyped(text)]
        + [each for text in texts for each in rivals(text)]
    )


def mistyped(text: str) -> list[str]:
    """What French typography would have otherwise in a text."""
    return [cause for pattern, cause in _TYPING.items() if pattern.search(text)]


def _texts(said: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [said or ""] if isinstance(said, str) or said is None else list(said)


def _fields(text: str) -> set[str]:
    return {braced or percent for braced, percent in _FIELD.findall(text)}


def updated() -> bytes:
    """The catalogue with the code's messages entered, the translations kept, and what is no longer said left out."""
    catalog = written()
    catalog.update(extracted(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    file = io.BytesIO(_HEADER)
    file.seek(0, io.SEEK_END)
    write_po(file, catalog, width=120, sort_output=True, no_location=True, omit_header=True)
    return file.getvalue()


def update() -> None:
    """Enter the code's messages into the catalogue."""
    SOURCE.write_bytes(updated())


def compile_() -> None:
    """Write the .mo file, whole at once since other processes may be reading it, and have a running program read it."""
    path = SOURCE.with_suffix(".mo")
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
        write_mo(file, written())
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)
    _catalogue.cache_clear()


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
