"""Whatever a name holds, it stays text: in DOT, in a picture and in a page, for nodes, labels, modules, files and plugins."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import tinygrad_fr as tg
from tests.fuzz.bounds import bounded
from tinygrad_fr import nn
from tinygrad_fr.cli.output import as_json
from tinygrad_fr.draw import PAGES, curves, diagram_of, place, render, wrapped
from tinygrad_fr.draw.chart import Series
from tinygrad_fr.draw.diagram import Diagram, Link
from tinygrad_fr.draw.engine import lay_out
from tinygrad_fr.explain import observed
from tinygrad_fr.page import run_page
from tinygrad_fr.plugins import Batch, Model, Text

TAGS = {"svg", "g", "a", "title", "text", "path", "polygon", "polyline", "ellipse", "linearGradient", "stop", "defs"}
PIECES = (
    '"', "\\", "\\N", "\\G", "\\n", "<", ">", "&", "&amp;", "&#0;", "]]>", "<!--", "-->", "<b>", "</td>", "<table>", "</script>", "{", "}", "[", "]", ";", "->",
    "label=", "javascript:alert(1)", "onload=", "\0", "\x1b[31m", "\x80", "\u200b", "\u202e", "\ufffe", "\ud800", "𝒞̃", "\n", "\r", " ", "/", ".", ":n", "[/]", "%s", "{0}", "é",
)  # fmt: skip
names = st.one_of(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join),
    st.text(st.characters(exclude_categories=()), max_size=60),
    st.text(max_size=4).map(lambda text: text * 400),
)


class Named(Model):
    """A model that bears a name wherever a model can."""

    def __init__(self, name):
        self.said = name
        self.name = self.section = name
        self.title = self.explanation = Text(fr=name, en=name)

    def build(self, _settings):
        module = nn.Sequential(nn.Linear(2, 2), nn.Tanh())
        module.rename(self.said)
        module[0].rename(self.said)
        module[0].weight.name = self.said
        return module

    def example(self, _settings):
        return Batch(tg.tensor([[1.0, 2.0]], name=self.said), None)

    def loss(self, module, batch):
        y = module(batch.inputs)
        y.name = self.said
        return y.sum()

    def recipe(self, _settings):
        raise NotImplementedError

    def score(self, _module, _batch):
        raise NotImplementedError


def harmless(svg, cards=None):
    """A picture with our elements alone, none of which does anything."""
    root = ET.fromstring(svg)
    for element in root.iter():
        assert element.tag.rpartition("}")[2] in TAGS, element.tag
        assert not [key for key in element.attrib if key.lower().startswith("on") or key.endswith("href")]
    nodes = [group for group in root.iter() if group.get("class") == "node"]
    assert cards is None or len(nodes) == cards


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_a_name_stays_text_in_a_picture():
    @settings(max_examples=2 * settings.default.max_examples, database=None)
    @given(name=names)
    @example("")
    @example(".")
    def check(name):
        with bounded():
            graph = observed(Named(name)).graph
            plain = diagram_of(graph, passes="both", title=name)
            for diagram in (plain, wrapped(place(plain), PAGES["slide"])):
                assert lay_out(render(diagram, "dot").decode(), "dot")  # Graphviz reads what was written
                harmless(render(diagram, "svg"), len(diagram.cards) if diagram is plain else None)

    check()


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_a_name_stays_text_on_links_charts_and_notes():
    card = diagram_of(observed(Named("x")).graph).cards[0]

    @settings(max_examples=4 * settings.default.max_examples, database=None)
    @given(name=names, other=names)
    def check(name, other):
        with bounded():
            one, two = replace(card, id=f"a{name}", panel=None), replace(card, id=f"b{other}", panel=None)
            link = Link(one.id, two.id, label=name, tooltip=other)
            harmless(
                render(Diagram(name, cards=(one, two), links=(link,), guide=f"one\n{other!r}", note=name), "svg"), 2
            )
            harmless(
                render(
                    curves(
                        [Series(name, (1.0, 2.0), (0.5, 2.0), "#000000")],
                        title=other,
                        guide=f"one\n{name!r}",
                        x_name=other,
                        y_name=name,
                    ),
                    "svg",
                )
            )

    check()


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_a_name_stays_text_in_a_page():
    scripts = len(re.findall(rb"<script", run_page(observed(Named("x")))))

    @settings(max_examples=settings.default.max_examples, database=None)
    @given(name=names)
    @example("\ud800")
    def check(name):
        with bounded():
            page = run_page(observed(Named(name)))
        assert len(re.findall(rb"<script", page)) == scripts
        outside = re.sub(rb"<(script|style|title|svg).*?</\1>", b"", page, flags=re.DOTALL)
        assert b"<img" not in outside
        assert not re.search(rb"<[a-z]+ [^>]*\bonload=", outside)

    check()


@given(name=names)
@example("\ud800")
@example("\ud83d\ude00")  # two halves, which JSON takes for the whole
def test_a_name_comes_back_from_json(name):
    ((key, value),) = json.loads(as_json({name: name}).encode()).items()
    assert key == value
    assert value.encode("utf-16", "surrogatepass") == name.encode("utf-16", "surrogatepass")
