"""The core stays as short and as plain as its limits say, and the limits only shrink."""

import textwrap

import pytest

from benchmarks import core


def test_a_line_of_code_is_no_blank_comment_or_docstring():
    source = textwrap.dedent('''
        """Module.

        More.
        """

        # a comment
        def f(x):
            """Function."""
            text = """two
            lines"""
            return x, text  # said beside
    ''')
    assert core.lines_of_code(source) == 4


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return x", 1),
        ("return x if x else 0", 2),
        ("return x and y or z", 3),
        ("return [a for a in x if a]", 3),
        ("if x:\n  return 1\nelif y:\n  return 2\nelse:\n  return 3", 3),
        ("for a in x:\n  while a:\n    a -= 1", 3),
        ("try:\n  x()\nexcept ValueError:\n  pass\nexcept TypeError:\n  pass", 3),
        ("match x:\n  case 1:\n    pass\n  case _:\n    pass", 3),
    ],
)
def test_complexity_counts_branches(body, expected):
    source = "def f(x, y, z):\n" + textwrap.indent(body, "    ")
    assert core.functions_of(source, "m") == {"m.f": expected}


def test_a_function_inside_another_counts_for_itself():
    source = "class C:\n    def f(x):\n        def g(y):\n            return 1 if y else 2\n        return g"
    assert core.functions_of(source, "m") == {"m.C.f": 1, "m.C.f.g": 2}


def test_the_core_keeps_to_its_limits():
    files = core.measured()
    assert sum(file.lines for file in files) <= core.LINES
    found = core.above(files)
    assert {name: count for name, count in found.items() if count > core.ABOVE.get(name, core.COMPLEXITY)} == {}


def test_no_limit_is_kept_for_a_function_that_no_longer_needs_it():
    assert core.ABOVE.keys() == core.above(core.measured()).keys()


def test_the_table_names_every_file_and_the_limit(capsys):
    core.main()
    shown = capsys.readouterr().out
    assert all(file.path in shown for file in core.measured())
    assert f"at most {core.LINES}" in shown
