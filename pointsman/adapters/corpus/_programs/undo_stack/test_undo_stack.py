from undo_stack import Editor


def test_changes_are_undone_and_done_again() -> None:
    editor = Editor("hello")
    editor.replace(0, 1, "J")
    editor.replace(5, 0, "!")
    assert editor.text == "Jello!"
    assert editor.undo(2) == 2
    assert editor.text == "hello"
    assert editor.redo()
    assert editor.text == "Jello"
