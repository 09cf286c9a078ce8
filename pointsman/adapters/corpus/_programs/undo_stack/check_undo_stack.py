"""Checks of the editor."""

from collections.abc import Callable

from undo_stack import Change, Editor


def outcome(run: Callable[[], object]) -> object:
    try:
        return run()
    except (IndexError, ValueError) as error:
        return type(error).__name__


def typed(*changes: tuple[int, int, str], depth: int = 100) -> Editor:
    editor = Editor("abc", depth)
    for change in changes:
        editor.replace(*change)
    return editor


def check_places() -> object:
    places = ((0, 0, "x"), (3, 0, "x"), (4, 0, "x"), (-1, 1, "x"), (1, 2, "x"), (1, 3, "x"), (2, -1, "x"), (0, 3, ""))
    return [outcome(lambda p=place: typed(p).text) for place in places]


def check_undo() -> object:
    editor = typed((0, 1, "xy"), (3, 1, ""), (0, 0, "z"))
    seen: list[object] = [editor.text]
    for times in (1, 5, 1, 0):
        seen.append((editor.undo(times), editor.text))
    return seen


def check_redo() -> object:
    editor = typed((0, 1, "1"), (1, 1, "2"))
    editor.undo(2)
    seen: list[object] = []
    for _ in range(3):
        seen.append((editor.redo(), editor.text))
    return [seen, editor.undo(9), editor.text]


def check_a_new_change_forgets() -> object:
    editor = typed((0, 1, "1"))
    editor.undo()
    editor.replace(2, 1, "3")
    return [editor.redo(), editor.text, len(editor.done), len(editor.undone)]


def check_nothing_changes() -> object:
    editor = typed((0, 1, "1"))
    editor.undo()
    editor.replace(0, 1, "a")
    return [len(editor.done), editor.redo(), editor.text]


def check_depth() -> object:
    editor = typed((0, 0, "1"), (0, 0, "2"), (0, 0, "3"), (0, 0, "4"), depth=2)
    return [editor.undo(9), editor.text, len(editor.undone)]


def check_two_editors() -> object:
    first, second = Editor("a"), Editor("b")
    first.replace(0, 1, "x")
    first.undo()
    return [second.undo(), second.redo(), second.text, Editor().text, Editor().done == []]


def check_changes() -> object:
    change = Change(1, "b", "xyz")
    return [
        outcome(lambda: change.apply("abc")),
        outcome(lambda: change.apply("acb")),
        outcome(lambda: change.turned().apply("axyzc")),
        change.turned().turned() == change,
        outcome(lambda: Change(3, "", "!").apply("abc")),
    ]
