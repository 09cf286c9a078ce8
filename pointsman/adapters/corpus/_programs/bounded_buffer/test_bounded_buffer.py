from bounded_buffer import Buffer, feed


def test_items_come_out_in_order() -> None:
    buffer = Buffer(2)
    feed(buffer, "abcde")
    assert "".join(buffer) == "abcde"


def test_a_full_buffer() -> None:
    buffer = Buffer(1)
    assert buffer.put("a")
    assert not buffer.put("b", 0.0)
    assert buffer.get() == "a"
