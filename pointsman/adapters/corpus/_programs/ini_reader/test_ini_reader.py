from pathlib import Path

from ini_reader import parse_ini, read_ini


def test_sections_and_comments() -> None:
    text = "# the server\n[server]\nport = 8080\nhost = localhost\n"
    assert parse_ini(text)["server"] == {"port": "8080", "host": "localhost"}


def test_settings_before_the_first_section() -> None:
    assert parse_ini("debug = yes") == {"": {"debug": "yes"}}


def test_a_file_is_read() -> None:
    Path("app.ini").write_text("[größe]\nmaß = 5 µm\n", encoding="utf-8")
    assert read_ini(Path("app.ini"), Path("missing.ini"))["größe"] == {"maß": "5 µm"}
