"""Pages of models, and what a test does in them."""

from functools import lru_cache

from tinygrad_fr.explain import observed
from tinygrad_fr.locale import language
from tinygrad_fr.page import run_page
from tinygrad_fr.plugins import Catalogue


def run(name, **changes):
    """The observed run of a model's example."""
    model = Catalogue().load(name)
    return observed(model, model.settings.replaced(changes))


def page_of(name, **changes):
    """The page of this run, in the language in force."""
    return _page_in(language(), name, **changes)


@lru_cache
def _page_in(_language, name, **changes):
    return run_page(run(name, **changes))


def settled(page):
    """Wait until what was done is drawn."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def card(page, name):
    """The card of a symbol."""
    return page.locator(f'.card:has(.symbol:text-is("{name}"))')


def pull(page, name, value):
    """Move a slider, and let it go."""
    page.get_by_label(name, exact=True).evaluate(
        "(range, value) => { range.value = value; range.dispatchEvent(new Event('input')); range.dispatchEvent(new Event('change')); }",
        value,
    )
    settled(page)
