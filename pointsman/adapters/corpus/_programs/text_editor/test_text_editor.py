from text_editor import Editor


def test_undo_and_redo() -> None:
    editor = Editor("hello")
    editor.change(0, "h", "J")
    editor.insert(5, "!")
    assert editor.text == "Jello!"
    assert editor.undo(2) == 2
    assert editor.text == "hello"
    assert editor.redo() == 1
    assert editor.text == "Jello"


def test_typing_is_one_change() -> None:
    editor = Editor()
    for place, letter in enumerate("abc"):
        editor.insert(place, letter)
    editor.undo()
    assert editor.text == ""
