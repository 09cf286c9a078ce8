from hex_dump import dump, lines, undump


def test_a_short_text() -> None:
    assert dump("hi!") == "000000  68 69 21                                         |hi!|"


def test_there_and_back() -> None:
    data = bytes(range(40))
    assert undump(lines(data)) == data
