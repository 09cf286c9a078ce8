from text_bytes import Text, decode, encode


def test_a_byte_order_mark_decides() -> None:
    assert decode(b"\xff\xfeh\x00i\x00") == Text("hi", "utf-16-le", True)


def test_text_is_written_as_it_was() -> None:
    data = "größe\r\nklein\r\n".encode("latin-1")
    assert encode(decode(data)) == data
