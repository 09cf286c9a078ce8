from template_fill import fill, names


def test_values_are_filled_in() -> None:
    assert fill("Dear {name|title}, you owe {sum:0} {{EUR}}", {"name": "ann"}) == "Dear Ann, you owe 0 {EUR}"


def test_names() -> None:
    assert names("{a} {b|upper} {a:x}") == ["a", "b"]
