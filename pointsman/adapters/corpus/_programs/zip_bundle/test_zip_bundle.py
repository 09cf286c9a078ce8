from zip_bundle import pack, unpack


def test_there_and_back() -> None:
    texts = {"a.txt": "one", "sub/ü.txt": "zwölf"}
    assert unpack(pack(texts)) == texts
