from form_check import FormInvalid, validate_form
from form_rules import NUMBER, REQUIRED, between, like

RULES = {"name": [REQUIRED, between(2, 10)], "age": [NUMBER, between(18, 99)], "zip": [like(r"\d{5}")]}


def test_a_good_form() -> None:
    assert validate_form({"name": " Ann ", "age": "30"}, RULES) == {"name": "Ann", "age": 30}


def test_mistakes_come_together() -> None:
    try:
        found = str(validate_form({"age": "7", "zip": "123"}, RULES))
    except FormInvalid as error:
        found = str(error)
    assert found == "age: is not between 18 and 99; name: is missing; zip: has the wrong form"
