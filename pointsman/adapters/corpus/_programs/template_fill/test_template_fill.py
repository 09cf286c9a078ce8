from template_fill import TemplateError, fill, names


def test_values_are_filled_in() -> None:
    assert fill("Dear {name|title}, you owe {sum:0} {{EUR}}", {"name": "ann"}) == "Dear Ann, you owe 0 {EUR}"


def test_names() -> None:
    assert names("{a} {b|upper} {a:x}") == ["a", "b"]


def refusal(template: str) -> str:
    try:
        return fill(template, {"a": 1})
    except TemplateError as error:
        return str(error)


def test_what_is_missing() -> None:
    assert refusal("{a|nope} {z} {b:x}") == "missing: z; unknown: nope"
