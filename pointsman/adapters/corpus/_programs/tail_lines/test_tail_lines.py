from pathlib import Path

from tail_lines import Follower, tail


def test_the_last_lines() -> None:
    Path("a.txt").write_text("one\ntwo\nthrée €\n", encoding="utf-8")
    assert tail(Path("a.txt"), 2) == ["two", "thrée €"]


def test_what_was_added() -> None:
    path = Path("b.txt")
    path.write_bytes(b"one\ntw")
    follower = Follower(path)
    assert follower.look() == ["one"]
    path.write_bytes(b"one\ntwo\n")
    assert follower.look() == ["two"]
