"""What nobody reads of a request is reported, within bounds, and what changes the question always is."""

from __future__ import annotations

from pointsman.adapters.dialects.object_reader import ObjectReader, ReadLog, camel_case


def test_what_is_essential_is_reported_however_much_else_there_is() -> None:
    log = ReadLog()
    body = ObjectReader({"inner": {f"x{number}": 1 for number in range(500)}, "previous_response_id": "r"}, "", log)
    body.inner("inner")
    body.close(essential=("previous_response_id",))
    assert [lost.path for lost in log.list_untranslated if lost.essential] == ["previous_response_id"]
    assert len(log.list_untranslated) <= 101


def test_long_names_are_read_as_they_are_and_not_remembered() -> None:
    name = "a_" * 60 + "b"
    assert camel_case(name) == name
    assert camel_case("top_k") == "topK"
