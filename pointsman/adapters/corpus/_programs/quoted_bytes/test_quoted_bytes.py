from quoted_bytes import quote, unquote


def test_letters_are_quoted() -> None:
    assert quote("café = good") == "caf=C3=A9 =3D good"


def test_there_and_back() -> None:
    text = "a line that is long enough to be broken\nand another"
    assert unquote(quote(text, 12)) == text
