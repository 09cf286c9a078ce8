from pathlib import Path

from log_digest import by_hour, longest, read_log

TEXT = """2026-03-01T08:15:00 INFO [web] started
2026-03-01T08:16:00 WARN [disk] voll: größer als 5 €
2026-03-01T09:00:00 INFO [web] stopped
"""


def test_lines_are_counted_by_hour() -> None:
    Path("app.log").write_text(TEXT, encoding="utf-8")
    lines, bad = read_log(Path("app.log"))
    assert bad == 0
    assert by_hour(lines) == {"2026-03-01T08": {"INFO": 1, "WARN": 1}, "2026-03-01T09": {"INFO": 1}}
    assert longest(lines, "WARN") == "voll: größer als 5 €"
