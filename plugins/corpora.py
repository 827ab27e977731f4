"""What the word models read: the course's six sentences, and a French corpus made so that it teaches analogies."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from tinygrad_fr.data import Corpus

if TYPE_CHECKING:
    from collections.abc import Callable

# The course prints the counts of its corpus with the last « and » left out; « intact » has it.
SENTENCES = (
    "cnn in crop analysis",
    "cnn and svm are widely used",
    "linear_regression performed along with svm",
    "linear_regression for crop and farm",
    "svm being used for farm monitoring",
    "do cnn svm linear_regression appear in the same context",
)
COURSE = Corpus(". ".join(SENTENCES), "course")
INTACT = Corpus(". ".join(SENTENCES).replace("svm linear", "svm and linear"), "intact")

# For each relation: what is said of the first and of the second word of every pair, then the pairs, each with three words
# that are said of both. A vector that sums up who stands beside whom is then « what it is » + « whom it belongs to ».
RELATIONS: tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[tuple[str, str, str, str, str], ...]], ...] = (
    (
        ("capitale", "maire", "métro", "quartier"),
        ("pays", "frontière", "drapeau", "président"),
        (
            ("paris", "france", "français", "seine", "camembert"),
            ("rome", "italie", "italien", "tibre", "pizza"),
            ("madrid", "espagne", "espagnol", "flamenco", "paella"),
            ("berlin", "allemagne", "allemand", "spree", "bretzel"),
            ("lisbonne", "portugal", "portugais", "tage", "fado"),
            ("athènes", "grèce", "grec", "olivier", "feta"),
            ("varsovie", "pologne", "polonais", "vistule", "pierogi"),
            ("tokyo", "japon", "japonais", "cerisier", "sushi"),
        ),
    ),
    (
        ("il", "monsieur", "barbe", "moustache"),
        ("elle", "madame", "robe", "collier"),
        (
            ("roi", "reine", "trône", "couronne", "palais"),
            ("père", "mère", "enfant", "berceau", "biberon"),
            ("acteur", "actrice", "théâtre", "scène", "rideau"),
            ("vendeur", "vendeuse", "boutique", "caisse", "client"),
            ("danseur", "danseuse", "ballet", "musique", "tutu"),
            ("boulanger", "boulangère", "pain", "four", "farine"),
            ("fermier", "fermière", "grange", "tracteur", "blé"),
            ("écolier", "écolière", "cartable", "cahier", "tableau"),
        ),
    ),
    (
        ("adulte", "grand", "fort", "vieux"),
        ("petit", "jeune", "fragile", "joueur"),
        (
            ("chat", "chaton", "souris", "miaule", "griffe"),
            ("chien", "chiot", "os", "aboie", "niche"),
            ("vache", "veau", "meugle", "pré", "étable"),
            ("cheval", "poulain", "hennit", "selle", "galop"),
            ("poule", "poussin", "picore", "grain", "poulailler"),
            ("lion", "lionceau", "rugit", "savane", "crinière"),
            ("ours", "ourson", "grogne", "miel", "grotte"),
            ("cochon", "porcelet", "boue", "groin", "auge"),
        ),
    ),
)


@cache
def french(sentences: int = 3000, seed: int = 0) -> Corpus:
    """A French corpus made by rule, captions of pictures: a word, two words of its role and two of its pair, in any order.

    The analogies are all those of two pairs of one relation.
    """
    generator = np.random.default_rng(seed)
    entries = [
        (word, role, own)
        for first, second, pairs in RELATIONS
        for one, other, *own in pairs
        for word, role in ((one, first), (other, second))
    ]
    lines = []
    for number in generator.integers(0, len(entries), sentences):
        word, role, own = entries[number]
        said = [*generator.choice(role, 2, replace=False), *generator.choice(own, 2, replace=False)]
        generator.shuffle(said)
        a, b, c, d = said
        lines.append(f"{word} avec {a}, {b}, {c} et {d}.")
    questions = [
        (a[0], a[1], b[0], b[1]) for _first, _second, pairs in RELATIONS for a in pairs for b in pairs if a is not b
    ]
    return Corpus("\n".join(lines), "french", tuple(questions))


CORPORA: dict[str, Callable[[], Corpus]] = {"french": french, "course": lambda: COURSE, "intact": lambda: INTACT}
