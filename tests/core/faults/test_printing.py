"""What is printed is the program that was read, on the oldest Python too."""

from __future__ import annotations

import ast

import pytest

from pointsman.core.faults.printing import print_node, print_tree

TEXTS = [
    """f"these: {', '.join(names)}" """,
    """f'{a}' "b" f"{c!r:>{width}}" """,
    r"""f"line\n{x:,.2f}\t\"{y}\" {{z}} 'q'" """,
    """f"{d['k']} {'a' if b else 'c'} {(lambda: 1)()}" """,
    """f"{ {1: 2}[1] } {x, y} {f'{z}'!s}" """,
    """f'''{"it's"} "both" '''""",
    """[f"{i}" for i in x if f"{i}" != f'']""",
    """f"\\u20ac € \\x00 \\\\" """,
    """def g(a):\n    "doc"\n    return f"{a:{b}.{c}}" + 'plain "q"'""",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_printed_program_is_the_one_that_was_read(text: str) -> None:
    tree = ast.parse(text.strip())
    printed = print_tree(tree)
    assert ast.dump(ast.parse(printed)) == ast.dump(tree)
    assert print_tree(ast.parse(printed)) == printed


def test_quotes_are_not_put_into_quotes_of_the_same_kind() -> None:
    assert print_tree(ast.parse("""f'{", ".join(x)}'""")) == """f"{', '.join(x)}"\n"""


def test_an_f_string_alone_is_printed_as_it_is_in_a_program() -> None:
    alone = ast.parse("""f'{", ".join(x)}'""", mode="eval").body
    assert print_node(alone) == """f"{', '.join(x)}\""""
