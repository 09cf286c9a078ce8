from varint_codec import checksum, read_number, read_texts, write_number, write_texts


def test_numbers() -> None:
    assert write_number(300) == b"\xac\x02"
    assert read_number(b"\x05\xac\x02", 1) == (300, 3)


def test_texts() -> None:
    data = write_texts(["grün", "", "5 €"])
    assert list(read_texts(data)) == ["grün", "", "5 €"]
    assert checksum(b"\x01\x02\x03") == 0x0402
