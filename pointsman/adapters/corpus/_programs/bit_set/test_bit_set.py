from bit_set import BitSet, read_rights


def test_members() -> None:
    numbers = BitSet([1, 5]).with_members(9).without(5)
    assert list(numbers) == [1, 9]
    assert 9 in numbers
    assert len(numbers) == 2


def test_rights() -> None:
    assert list(read_rights("all,-admin")) == [0, 1, 2, 3]


def refusal(text: str) -> str:
    try:
        return str(list(read_rights(text)))
    except KeyError as error:
        return f"KeyError of {type(error.__cause__).__name__}"


def test_an_unknown_right() -> None:
    assert [refusal("read"), refusal("read,fly")] == ["[0]", "KeyError of ValueError"]
