from zip_bundle import pack, unpack


def test_there_and_back() -> None:
    texts = {"a.txt": "one", "sub/b.txt": "two"}
    assert unpack(pack(texts)) == texts
