from run_lengths import pack, pack_row, ranges, unpack, unpack_row


def test_text() -> None:
    assert pack("aaab11") == "3ab2\\1"
    assert unpack("3ab2\\1") == "aaab11"


def test_rows() -> None:
    assert pack_row([True, True, False]) == [0, 2, 1]
    assert unpack_row([0, 2, 1]) == [True, True, False]


def test_ranges() -> None:
    assert list(ranges([5, 1, 2, 3])) == ["1-3", "5"]
