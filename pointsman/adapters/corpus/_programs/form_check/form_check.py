"""Forms checked by rules, all mistakes at once, by field; texts are trimmed and converted.

Topics: validation, web
"""

from collections.abc import Mapping

from form_rules import Rule, RuleError

Errors = dict[str, list[str]]


class FormInvalid(ValueError):
    """The mistakes by field."""

    def __init__(self, errors: Errors) -> None:
        super().__init__("; ".join(f"{name}: {', '.join(texts)}" for name, texts in sorted(errors.items())))
        self.errors = errors


def validate_field(text: str | None, rules: list[Rule], errors: list[str] | None = None) -> tuple[object, list[str]]:
    """The value after all rules, and what is wrong; after a conversion that fails no rule is tried any more."""
    errors = [] if errors is None else errors
    value: object = None if text is None else text.strip()
    for rule in rules:
        if value in (None, ""):
            if rule.needed:
                errors.append("is missing")
                break
            continue
        try:
            value = rule.apply(value)
        except RuleError as error:
            errors.append(str(error))
            if error.final:
                break
    return value, errors


def validate_form(form: Mapping[str, str], rules: Mapping[str, list[Rule]], strict: bool = False) -> dict[str, object]:
    """The values of a good form; raises FormInvalid. With `strict`, unknown fields are mistakes."""
    values: dict[str, object] = {}
    errors: Errors = {}
    for name, wanted in rules.items():
        value, found = validate_field(form.get(name), wanted)
        if found:
            errors[name] = found
        elif value not in (None, ""):
            values[name] = value
    if strict:
        for name in sorted(form.keys() - rules.keys()):
            errors.setdefault(name, []).append("is unknown")
    if errors:
        raise FormInvalid(errors)
    return values
