from pathlib import Path

from csv_export import export, write_row


def test_cells_are_quoted_where_needed() -> None:
    assert write_row(["a,b", 1, None, True, 'say "hi"']) == '"a,b",1,,yes,"say ""hi"""\r\n'


def test_a_table_is_written() -> None:
    assert export(Path("t.csv"), ["a", "€"], [[1, 2], [3, 4]]) == 2
    assert Path("t.csv").read_text(encoding="utf-8-sig") == "a,€\n1,2\n3,4\n"
