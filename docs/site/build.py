"""Build the documentation: python -m docs.site.build [FOLDER] — French at its root, English under en/.

Pages come from four places: docs/site/fr and docs/site/en (written once a language), the repository's own Markdown, the
tutorials, run as a student runs them, and docstrings. What a tutorial shows is kept, by the hash of all that it depends on,
in build/tutorials. Formulas become MathML, which browsers draw themselves: a page asks the network for nothing.

Stops with an error at the first warning of MkDocs, and at a link that leads nowhere.
"""

from __future__ import annotations

import argparse
import html
import os
import posixpath
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pypandoc
import yaml

from docs.interface import PUBLIC
from docs.site import api, kept, living
from tinygrad_fr.cli.commands.gallery import shown as shown_by_gallery
from tinygrad_fr.locale import language, set_language
from tinygrad_fr.locale.glossary import TERMS
from tinygrad_fr.locale.typography import french
from tinygrad_fr.plugins.course import courses
from tinygrad_fr.tutorials.reading import tutorials

if TYPE_CHECKING:
    from tinygrad_fr.tutorials.reading import Tutorial

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LANGUAGES = ("fr", "en")
WORDS = {
    "fr": {
        "home": "Accueil", "tutorials": "Tutoriels", "howto": "Comment faire", "course": "Le cours", "reference": "Référence",
        "teachers": "Pour l’enseignant", "gallery": "Galerie", "glossary": "Vocabulaire", "other": "English", "english": "Cette page est en anglais.",
        "minutes": "{n} min", "all": "Tous les tutoriels", "what": "Tutoriel", "time": "Durée", "row": "Ce que nomme le cours",
        "owed": "Ce que le programme en montre", "type": "À taper après `tinygrad-fr`", "beyond": "Au-delà du cours",
        "slides": "Chaque ligne du cours, les tutoriels qui la parcourent et les commandes qui la montrent.",
        "run": "Pour l’ouvrir chez vous : `tinygrad-fr tutorial open {n}`.",
        "pictures": "Les images que garde le dépôt ; `tinygrad-fr gallery` en dessine bien davantage, dans votre langue.",
    },
    "en": {
        "home": "Home", "tutorials": "Tutorials", "howto": "How to", "course": "The course", "reference": "Reference",
        "teachers": "For teachers", "gallery": "Gallery", "glossary": "Vocabulary", "other": "Français", "english": "",
        "minutes": "{n} min", "all": "All tutorials", "what": "Tutorial", "time": "Time", "row": "What the course names",
        "owed": "What the program shows of it", "type": "To type after `tinygrad-fr`", "beyond": "Beyond the course",
        "slides": "Each row of the course, the tutorials that walk through it and the commands that show it.",
        "run": "To open it at home: `tinygrad-fr --lang en tutorial open {n}`.",
        "pictures": "The pictures that the repository keeps; `tinygrad-fr gallery` draws many more.",
    },
}  # fmt: skip
# The repository's own Markdown: place on the site → file.
SHARED = {
    "reference/operations.md": "docs/operations.md",
    "reference/proofs.md": "docs/proofs.md",
    "reference/vectormath.md": "docs/vectormath.md",
    "reference/opinfo.md": "docs/opinfo.md",
    "reference/scores.md": "docs/scores.md",
    "reference/living.md": "docs/living.md",
    "reference/onnx.md": "docs/onnx.md",
    "reference/training.md": "docs/training.md",
    "reference/bridges.md": "docs/bridges.md",
    "reference/lessons.md": "docs/lessons.md",
    "reference/scale.md": "docs/scale.md",
    "reference/plugins.md": "docs/plugins.md",
    "reference/stability.md": "docs/stability.md",
    "reference/release.md": "docs/release.md",
    "reference/commands.md": "docs/commands.md",
    "reference/python.md": "docs/python.md",
    "reference/semantics.md": "docs/semantics.md",
    "reference/figures.md": "docs/figures.md",
    "reference/architecture.md": "ARCHITECTURE.md",
    "reference/benchmarks.md": "benchmarks/NOTES.md",
    "reference/contributing.md": "CONTRIBUTING.md",
    "reference/changelog.md": "CHANGELOG.md",
    "reference/security.md": "SECURITY.md",
}
# What the navigation calls them in French; the pages themselves are in English, and say so.
FRENCH = {
    "operations": "Opérations", "proofs": "Preuves", "vectormath": "Fonctions des noyaux", "opinfo": "Comparé à PyTorch",
    "scores": "Scores", "living": "Pages vivantes", "onnx": "Modèles en ONNX", "training": "Entraînement", "bridges": "Passerelles", "lessons": "Leçons pour PyTorch", "scale": "Plus d’un cœur",
    "plugins": "Un modèle à vous", "commands": "Commandes", "python": "En Python",
    "semantics": "Vues et compilation", "figures": "Chiffres", "stability": "Ce qui est promis", "release": "Publier une version", "architecture": "Architecture",
    "benchmarks": "Ce qui a été mesuré", "contributing": "Contribuer", "changelog": "Changements", "security": "Sécurité",
}  # fmt: skip
MATH = re.compile(
    r"(```.*?```|`[^`\n]*`)|\$\$(.+?)\$\$|(?<![\\$\w])\$(?=\S)([^$\n]+?(?:\n[^$\n]+?)?)(?<=\S)\$(?![\w$])", re.DOTALL
)
LATER = re.compile(r"(?:FORMULA|OUTPUT)-\d+-")
# A sign that ends a clause stays on the line of its formula.
CLOSED = re.compile(r"(FORMULA-\d+-)([.,)]+)")
TAGGED = re.compile(r"<[^<>]*(?:FORMULA|OUTPUT)-\d+-[^<>]*>")
TAG = re.compile(r"\s*\\tag\{([^}]*)\}")
# A prime is a raised sign already: raised once more it is lost where no font for mathematics is installed.
PRIME = re.compile(r"<msup>(<m[io][^<>]*>[^<]*</m[io]>)(<mo[^<>]*>′+</mo>)</msup>")
# How wide a picture is drawn, for the style sheet to know how far it may shrink.
WIDE = re.compile(r'<svg style="([^>]*? width="(\d+)pt")')
# Between the name of a function and what it is of, LaTeX leaves a space; not so browsers.
THIN = '<mspace width="0.17em" />'
UNDER = re.compile(
    r"<(msub|munder)><mrow>(<mi[^<>]*>\w+</mi>)<mo>(?:&#8289;|\u2061)</mo></mrow>(.*?)</\1>(<(?:mi|mn|msub)\b)?"
)
APPLIED = re.compile(r"<mo>(?:&#8289;|\u2061)</mo>(?=(?:</mrow>)*<(?:mi|mn|msub)\b)")
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


def formulas(pages: dict[str, str], later: dict[str, str]) -> dict[str, str]:
    """The pages with their LaTeX as MathML, by one run of pandoc; Markdown sees a word that stands for it."""
    seen: dict[tuple[str, bool], str] = {}
    for text in pages.values():
        for code, block, inline in MATH.findall(text):
            if not code:
                seen.setdefault((block or inline, bool(block)), f"FORMULA-{len(seen)}-")
    plain = [(TAG.sub(r" \\qquad (\1)", tex), block) for tex, block in seen]  # pandoc knows no \tag
    lines = [f"$${tex.strip()}$$" if block else f"${' '.join(tex.split())}$" for tex, block in plain]
    options = ["--mathml", "--fail-if-warnings"]
    made = pypandoc.convert_text("\n\n".join(lines), "html", format="markdown+tex_math_dollars", extra_args=options)
    drawn = re.findall(r"<math .*?</math>", made, re.DOTALL)
    assert len(drawn) == len(seen), "a formula that pandoc cannot read"
    for word, math in zip(seen.values(), drawn, strict=True):
        plain_math = re.sub(r"<annotation.*?</annotation>", "", math, flags=re.DOTALL)
        spaced = UNDER.sub(lambda m: f"<{m[1]}>{m[2]}{m[3]}</{m[1]}>{THIN + m[4] if m[4] else ''}", plain_math)
        spaced = APPLIED.sub(THIN, spaced)
        later[word] = " ".join(PRIME.sub(r"<mrow>\1\2</mrow>", spaced).split())

    def put(match: re.Match[str]) -> str:
        code, block, inline = match.groups()
        return code or seen[(block or inline, bool(block))]

    return {path: MATH.sub(put, text) for path, text in pages.items()}


def linked(text: str, place: str, source: str) -> str:
    """A repository's page with its links as the site has them; what the site has not becomes its name."""
    places = {path: target for target, path in SHARED.items()} | {"README.md": "index.md", "README.fr.md": "index.md"}

    def put(match: re.Match[str]) -> str:
        picture, words, target = match.groups()
        path, _sharp, anchor = target.partition("#")
        if "://" in target or not path:
            return match[0]
        held = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        if held in places:
            way = posixpath.relpath(places[held], posixpath.dirname(place) or ".")
            return f"{picture}[{words}]({way}{'#' + anchor if anchor else ''})"
        if held.startswith("docs/pictures/") or held == "benchmarks/results.svg":
            way = posixpath.relpath("pictures/" + posixpath.basename(held), posixpath.dirname(place) or ".")
            return f"{picture}[{words}]({way})"
        return words if words.strip("`") == held else f"{words} (`{held}`)"

    return LINK.sub(put, text)


def rendered(tutorial: Tutorial, lang: str, later: dict[str, str], living_pages: dict[str, str]) -> str:
    """A tutorial as Markdown; what its cells show is put in afterwards, and a page that computes is a file of its own."""
    parts = []
    for cell in kept.run(tutorial, lang)["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(source.replace("<details>", '<details markdown="1">'))
            continue
        parts.append(f"```python\n{source}\n```")
        for output in cell["outputs"]:
            name = f"OUTPUT-{len(later)}-"
            page = living.FRAMED.search("".join(output.get("data", {}).get("text/html", "")))
            if page is not None:
                file = f"{tutorial.number:02}-{page['name']}.html"
                living_pages[file] = html.unescape(page["text"])
                found = living.frame(file, page["name"], lang)
            else:
                found = _output(output)
            if found:
                later[name] = found
                parts.append(f'<div class="output">{name}</div>')
    parts.insert(1, WORDS[lang]["run"].format(n=tutorial.number))
    parts.insert(2, living.of_tutorial(tutorial.number, lang))
    return "\n\n".join(parts) + "\n"


def _output(output: dict[str, Any]) -> str:
    data = output.get("data", {})
    for kind in ("text/html", "image/svg+xml"):
        if kind in data:
            shown = WIDE.sub(r'<svg style="--wide:\2pt;\1', "".join(data[kind]))
            return f'<div class="picture">{shown}</div>'
    if "image/png" in data:
        return (
            f'<div class="picture"><img alt="" src="data:image/png;base64,{"".join(data["image/png"]).strip()}"></div>'
        )
    text = "".join(output.get("text", data.get("text/plain", "")))
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return f"<pre>{html.escape(text)}</pre>" if text.strip() and output.get("name") != "stderr" else ""


def teachers(lang: str) -> str:
    """The page for teachers: from the map of the course and from the tutorials' heads."""
    words, known = WORDS[lang], {each.number: each for each in tutorials()}
    lines = [f"# {words['teachers']}", "", (HERE / lang / "teachers.txt").read_text(encoding="utf-8"), ""]
    named = set()
    for course in courses().values():
        section = None
        for row in course.rows:
            if row.section != section:
                section = row.section
                lines += [
                    "",
                    f"## {section}",
                    "",
                    f"| {words['row']} | {words['owed']} | {words['what']} | {words['type']} |",
                    "|---|---|---|---|",
                ]
            named.update(row.tutorials)
            cells = [_entry(known[number], lang) for number in row.tutorials]
            typed = "<br>".join(f"`{command}`" for command in row.commands)
            lines.append(
                "| "
                + " | ".join(_cell(each) for each in (str(row.named), str(row.owed), "<br>".join(cells), typed))
                + " |"
            )
    lines += ["", f"## {words['beyond']}", ""]
    lines += [f"- {_entry(each, lang)}" for number, each in known.items() if number not in named]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return (
        text.replace("|", "&#124;").replace("_", "\\_")
        if "](" not in text and "`" not in text
        else text.replace("|", "&#124;")
    )


def _entry(tutorial: Tutorial, lang: str) -> str:
    time = WORDS[lang]["minutes"].format(n=tutorial.minutes(lang))
    return f"[{tutorial.title(lang)}](tutorials/{tutorial.name}.md) ({time})"


def gallery() -> str:
    """Every picture that the repository keeps, with what it shows and the command that draws it."""
    lines = [f"# {WORDS[language()]['gallery']}", "", WORDS[language()]["pictures"], ""]
    known = {path.name for path in (ROOT / "docs" / "pictures").iterdir()}
    for chapter, entries in shown_by_gallery().items():
        held = [entry for entry in entries if entry.kept and entry.file in known]
        lines += [f"## {chapter[:1].upper()}{chapter[1:]}", ""] if held else []
        for entry in held:
            lines += [
                f"{entry.caption[:1].upper()}{entry.caption[1:]}: `tinygrad-fr {entry.arguments} -o {entry.file}`",
                "",
                f'<a class="picture whole" href="../pictures/{entry.file}"><img alt="{entry.caption}" src="../pictures/{entry.file}"></a>',
                "",
            ]
    text = "\n".join(lines)
    return french(text.replace(": `", " : `")) if language() == "fr" else text


def sources(lang: str, later: dict[str, str], living_pages: dict[str, str]) -> tuple[dict[str, str], list[Any]]:
    """The pages of one language, and its navigation."""
    words = WORDS[lang]
    pages: dict[str, str] = {}
    for path in sorted((HERE / lang).rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        pages[path.relative_to(HERE / lang).as_posix()] = french(text) if lang == "fr" else text
    every = []
    for each in tutorials():
        pages[f"tutorials/{each.name}.md"] = rendered(each, lang, later, living_pages)
        every.append({each.title(lang): f"tutorials/{each.name}.md"})
    lines = [f"# {words['tutorials']}", "", f"| {words['what']} | {words['time']} | |", "|---|---|---|"]
    for each in tutorials():
        entry = f"[{each.title(lang)}]({each.name}.md) | {words['minutes'].format(n=each.minutes(lang))}"
        lines.append(f"| {entry} | {each.promise(lang).partition('** ')[2]} |")
    pages["tutorials/index.md"] = "\n".join(lines) + "\n"
    pages["teachers.md"] = teachers(lang)
    pages["gallery.md"] = gallery()
    for place, path in SHARED.items():
        text = linked((ROOT / path).read_text(encoding="utf-8"), place, path)
        title, _newline, rest = text.partition("\n")
        pages[place] = f"{title}\n\n*{words['english']}*\n{rest}" if words["english"] else text
    rows = [f"| {english} | {term} |" for english, (term, _rivals) in TERMS.items()]
    pages["reference/glossary.md"] = (
        f"# {words['glossary']}\n\n| English | français |\n|---|---|\n" + "\n".join(rows) + "\n"
    )
    lines = [f"- [`{name}`]({name}.md)" for name in PUBLIC]
    pages["api/index.md"] = "# API\n\n" + "\n".join(lines) + "\n"
    for name in PUBLIC:
        pages[f"api/{name}.md"] = api.page(name)
    for place in pages:
        if place.startswith(("tutorials/", "howto/")) or place in (
            "teachers.md",
            "gallery.md",
            "reference/operations.md",
        ):
            pages[place] = f"---\nhide: [toc]\n---\n\n{pages[place]}"  # room for pictures and tables
    howto = [path for path in pages if path.startswith("howto/")]
    nav = [
        {words["home"]: "index.md"},
        {words["tutorials"]: ["tutorials/index.md", *every]},
        {words["howto"]: howto},
        {words["course"]: ["teachers.md", "gallery.md"]},
        {
            words["reference"]: [
                "reference/glossary.md",
                *({FRENCH[Path(place).stem]: place} if lang == "fr" else place for place in SHARED),
                {"API": ["api/index.md", *(f"api/{name}.md" for name in PUBLIC)]},
            ]
        },
    ]
    return formulas(pages, later), nav


def build(lang: str, target: Path) -> None:
    """Build one language into a folder."""
    set_language(lang)
    later: dict[str, str] = {}
    living_pages: dict[str, str] = {}
    pages, nav = sources(lang, later, living_pages)
    folder = kept.WORK / "site" / lang
    shutil.rmtree(folder, ignore_errors=True)
    for place, text in pages.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(text, encoding="utf-8")
    (folder / "pictures").mkdir()
    living.write(folder / "living")
    for name, text in living_pages.items():
        (folder / "living" / name).write_text(text, encoding="utf-8")
    for path in [*(ROOT / "docs" / "pictures").iterdir(), ROOT / "benchmarks" / "results.svg"]:
        if path.suffix in (".svg", ".png"):
            shutil.copy(path, folder / "pictures")
    if lang == "fr":  # the repository keeps them in English
        shutil.copytree(ROOT / "docs" / "pictures" / "fr", folder / "pictures", dirs_exist_ok=True)
        shutil.copytree(kept.pictures(lang), folder / "pictures", dirs_exist_ok=True)
    shutil.copy(HERE / "site.css", folder)
    config = yaml.safe_load((HERE / "mkdocs.yml").read_text(encoding="utf-8"))
    other = next(each for each in LANGUAGES if each != lang)
    config |= {
        "docs_dir": str(folder), "site_dir": str(target), "nav": nav,
        "plugins": [
            {"search": {"lang": [lang]}},
        ],
    }  # fmt: skip
    config["theme"]["language"] = lang
    config["extra"]["alternate"] = [
        {"name": WORDS[other]["other"], "link": "./", "lang": lang},
        {"name": WORDS[lang]["other"], "link": "../" if lang == "en" else "./en/", "lang": other},
    ]
    file = kept.WORK / "site" / f"mkdocs.{lang}.yml"
    file.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "-f", str(file)], check=True,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    for path in [*target.rglob("*.html"), target / "search" / "search_index.json"]:
        text = path.read_text(encoding="utf-8")
        if LATER.search(text):
            # in an attribute, and for the search, a formula or a picture is nothing
            text = TAGGED.sub(lambda match: LATER.sub("", match[0]), text)
            put = later if path.suffix == ".html" else dict.fromkeys(later, "")
            if path.suffix == ".html":
                text = CLOSED.sub(r'<span class="closed">\1\2</span>', text)
            path.write_text(LATER.sub(lambda match, put=put: put[match[0]], text), encoding="utf-8")


class Read(HTMLParser):
    """What a page points at, what it can be pointed at by, and what it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.names: set[str] = set()
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.names |= {value for key in ("id", "name") if (value := given.get(key))}
        for key in ("href", "src"):
            value = given.get(key)
            if value is None:
                continue
            if tag in ("script", "img", "link", "iframe") and given.get("rel") != "canonical":
                self.fetched.append(value)
            self.links.append(value)


def broken(site: Path) -> list[str]:
    """Links of the site that lead nowhere, and what a page would ask the network for."""
    pages = {path: Read(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    found = []
    for path, page in pages.items():
        if path.name == "404.html":
            continue  # its links are absolute, since it may be shown anywhere
        for link in page.fetched:
            if urlsplit(link).scheme in ("http", "https") or link.startswith("//"):
                found.append(f"{path.relative_to(site)} fetches {link}")
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            if not target.exists():
                found.append(f"{path.relative_to(site)} points at {link}, which is not there")
            elif (
                parts.fragment
                and target in pages
                and unquote(parts.fragment) not in pages[target].names | {"__codelineno", ""}
            ):
                found.append(f"{path.relative_to(site)} points at {link}, where nothing has that name")
    return sorted(set(found))


def main() -> int:
    """Build both languages and check their links."""
    parser = argparse.ArgumentParser(prog="python -m docs.site.build", description=main.__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("site"))
    site = parser.parse_args().folder.absolute()
    shutil.rmtree(site, ignore_errors=True)
    build("fr", site)
    build("en", site / "en")
    found = broken(site)
    print("\n".join(found) or f"{site}: {sum(1 for _ in site.rglob('*.html'))} pages, every link leads somewhere")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
