from calculator import calculate


def test_values() -> None:
    assert calculate("1 + 2 * (3 - 4) / 2") == 0.0
    assert calculate("2 ^ 3 ^ 2") == 512.0
    assert calculate("-a ^ 2 + 1", {"a": 3.0}) == -8.0
