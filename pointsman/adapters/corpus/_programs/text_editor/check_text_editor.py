"""Checks of the editor."""

from text_editor import Change, Editor


def typed(text: str, limit: int = 100) -> Editor:
    editor = Editor(limit=limit)
    for place, letter in enumerate(text):
        editor.insert(place, letter)
    return editor


def check_apply() -> object:
    found = []
    for place, old, new in (
        (0, "", "x"),
        (3, "", "x"),
        (4, "", "x"),
        (1, "b", ""),
        (1, "bc", "yy"),
        (1, "c", "x"),
        (2, "cd", ""),
    ):
        try:
            found.append(Change(place, old, new).apply("abc"))
        except ValueError:
            found.append("ValueError")
    return found


def check_joined() -> object:
    base = Change(2, "", "ab")
    pairs = [
        (base, Change(4, "", "c")),
        (base, Change(3, "", "c")),
        (base, Change(4, "x", "c")),
        (Change(2, "y", "ab"), Change(4, "", "c")),
    ]
    pairs += [
        (Change(0, "", "a "), Change(2, "", "b")),
        (Change(0, "", "a\n"), Change(2, "", "b")),
        (Change(0, "", "a"), Change(1, "", " ")),
    ]
    return [(one.place, one.new) if (one := first.joined(later)) else None for first, later in pairs]


def check_words() -> object:
    editor = typed("one two three")
    found = []
    while editor.undo():
        found.append(editor.text)
    return [found, editor.redo(2), editor.text, editor.redo(9), editor.text]


def check_counts() -> object:
    editor = Editor("x")
    editor.change(0, "x", "y")
    editor.change(0, "y", "z")
    return [
        editor.undo(0),
        editor.undo(1),
        editor.text,
        editor.undo(5),
        editor.text,
        editor.undo(),
        editor.redo(9),
        editor.text,
        editor.redo(),
    ]


def check_a_change_ends_redo() -> object:
    editor = Editor("a")
    editor.change(0, "a", "b")
    editor.undo()
    editor.change(0, "a", "c")
    return [editor.redo(), editor.text, editor.undo(), editor.text]


def check_a_bad_change() -> object:
    editor = Editor("a")
    editor.change(0, "a", "b")
    editor.undo()
    try:
        editor.change(0, "z", "c")
    except ValueError:
        return ["ValueError", editor.text, editor.redo(), editor.text]
    return "made"


def check_limit() -> object:
    found = []
    for limit in (1, 2, 3):
        editor = Editor("0", limit)
        for number in range(3):
            editor.change(0, str(number), str(number + 1))
        found.append((editor.undo(9), editor.text))
    return found


def check_every_history_is_new() -> object:
    one, other = typed("ab"), Editor()
    history = [Change(0, "", "q")]
    return [
        len(one.done),
        len(other.done),
        other.undo(),
        Editor("q", 5, history).undo(),
        len(history),
        len(Editor().done),
    ]
