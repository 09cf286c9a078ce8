from course_layers import all_needs, terms

NEEDS = {"physics": ["algebra"], "analysis": ["algebra", "logic"], "optics": ["physics", "analysis"]}


def test_terms() -> None:
    assert terms(NEEDS) == [["algebra", "logic"], ["analysis", "physics"], ["optics"]]


def test_all_needs() -> None:
    assert sorted(all_needs(NEEDS, "optics")) == ["algebra", "analysis", "logic", "physics"]
