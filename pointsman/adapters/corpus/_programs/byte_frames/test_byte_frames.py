from byte_frames import read_frames, write_frame


def test_there_and_back() -> None:
    data = write_frame(1, "héllo") + write_frame(2, "world")
    assert list(read_frames([data])) == [(1, "héllo"), (2, "world")]


def test_pieces() -> None:
    data = write_frame(7, "one by one")
    assert list(read_frames(data[place : place + 1] for place in range(len(data)))) == [(7, "one by one")]
