"""A page that computes, in a notebook's frame: it works there, and where frames are stripped the link leads to its file."""

import re

import pytest

from tinygrad_fr.tutorials import touch
from tinygrad_fr.tutorials.reading import tutorials

TOUCHED = {1, 3, 4, 5, 11, 12, 13, 14}


@pytest.fixture
def framed(tab, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tab.set_viewport_size({"width": 1000, "height": 800})

    def shown(made):
        file = tmp_path / "notebook.html"
        file.write_text(f"<!doctype html><meta charset=utf-8><title>x</title>{made._repr_html_()}", encoding="utf-8")
        tab.goto(file.as_uri())
        frame = tab.frames[1]
        frame.wait_for_selector("html[data-ready]")
        return tab, frame

    return shown


def test_a_page_computes_in_a_frame(framed):
    page, frame = framed(touch.step("L = (w - 3)**2", file="valley", w=0))
    assert frame.locator(".live b").text_content() == "L = 9"
    frame.locator("#train button").first.click()
    frame.locator('.live:has-text("L = 5,760")').wait_for()  # (0 + 0.1 · 6 − 3)²
    frame.locator(".card").first.dispatch_event("click")  # wherever the frame has scrolled
    assert frame.get_by_role("button", name="Lien").count() == 0  # a frame has no address of its own
    assert page.complaints == []


def test_the_link_leads_to_the_same_page(framed, tmp_path):
    made = touch.step("L = (w - 3)**2", w=0)
    page, _frame = framed(made)
    page.locator("a").evaluate("(link) => link.removeAttribute('target')")
    page.locator("a").click()
    page.wait_for_selector("html[data-ready]")
    assert page.url == (tmp_path / "formula.html").as_uri()
    assert page.locator(".live b").text_content() == "L = 9"


def test_flow_and_gates(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for made in (touch.flow("rnn", hidden=2, steps=3), touch.gates("gru", hidden=2, steps=3)):
        assert made.path.read_bytes().startswith(b"<!doctype html>")
        assert "sandbox" in made._repr_html_()
    assert {path.name for path in tmp_path.iterdir()} == {"flow_rnn.html", "gates_gru.html"}


def test_each_of_these_tutorials_has_one_page_to_touch_and_no_two_share_a_file():
    calls = {
        each.number: re.findall(r"^touch\.\w+\(.*?^(?=# %%)", each.text, re.MULTILINE | re.DOTALL)
        for each in tutorials()
    }
    assert {number for number, found in calls.items() if found} == TOUCHED
    assert all(len(found) <= 1 for found in calls.values())
    assert len({text for found in calls.values() for text in found}) == len(TOUCHED)
