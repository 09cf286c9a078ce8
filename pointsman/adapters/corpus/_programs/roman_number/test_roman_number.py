from roman_number import from_roman, sort_titles, to_roman


def test_there_and_back() -> None:
    assert to_roman(1994) == "MCMXCIV"
    assert from_roman("mcmxciv") == 1994


def test_titles() -> None:
    assert sort_titles(["X. ten", "Preface", "IX. nine"]) == ["IX. nine", "X. ten", "Preface"]
