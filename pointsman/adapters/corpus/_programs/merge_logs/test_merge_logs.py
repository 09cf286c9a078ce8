from pathlib import Path

from merge_logs import by_day, merged


def test_files_are_merged() -> None:
    Path("a.log").write_text("2026-03-01T08 one\n2026-03-02T08 three\n", encoding="utf-8")
    Path("b.log").write_text("2026-03-01T09 zwölf\n", encoding="utf-8")
    found = merged([Path("a.log"), Path("b.log")])
    assert [text for _, _, text in found] == ["one", "zwölf", "three"]
    assert by_day(found) == {"2026-03-01": ["a", "b"], "2026-03-02": ["a"]}
