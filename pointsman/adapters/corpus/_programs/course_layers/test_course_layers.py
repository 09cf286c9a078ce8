from course_layers import CircleError, all_needs, terms

NEEDS = {"physics": ["algebra"], "analysis": ["algebra", "logic"], "optics": ["physics", "analysis"]}


def test_terms() -> None:
    assert terms(NEEDS) == [["algebra", "logic"], ["analysis", "physics"], ["optics"]]


def test_all_needs() -> None:
    assert sorted(all_needs(NEEDS, "optics")) == ["algebra", "analysis", "logic", "physics"]


def refusal(needs: dict[str, list[str]]) -> str:
    try:
        return str(terms(needs))
    except CircleError as error:
        return str(error)


def test_a_circle() -> None:
    assert refusal({"a": ["b"], "b": ["c"], "c": ["b"]}) == "b needs c needs b"
