from text_bytes import Text, decode, encode


def test_a_byte_order_mark_decides() -> None:
    assert decode(b"\xff\xfeh\x00i\x00") == Text("hi", "utf-16-le", True)


def test_text_is_written_as_it_was() -> None:
    data = "größe\r\nklein\r\n".encode("latin-1")
    assert encode(decode(data)) == data


def refusal(data: bytes) -> str:
    try:
        return decode(data).encoding
    except UnicodeError as error:
        return type(error).__name__


def test_broken_text() -> None:
    assert [refusal(b"\xff"), refusal(b"\xef\xbb\xbf\xff")] == ["latin-1", "UnicodeDecodeError"]
