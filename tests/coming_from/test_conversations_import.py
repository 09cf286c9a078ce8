"""`pointsman conversations import FILE` with exports of other programs: counted, searched, and kept once."""

from __future__ import annotations

import json
from pathlib import Path

from tests.adapters.chat_exports.samples import CHATGPT, write_logs
from tests.coming_from.command import command


def test_an_export_is_imported_once_and_found(tmp_path: Path) -> None:
    (tmp_path / "conversations.json").write_text(json.dumps([*CHATGPT, {}]), "utf-8")
    write_logs(tmp_path / "logs.db")
    first = command(tmp_path, "conversations", "import", str(tmp_path / "conversations.json"))
    assert first == (
        0,
        "Imported 3 conversation(s) with 9 message(s) from ChatGPT.\n",
        "1 item(s) of the file are no conversations of ChatGPT.\n",
    )
    again = command(tmp_path, "conversations", "import", str(tmp_path / "conversations.json"))[1]
    assert again == "Imported 0 conversation(s) with 0 message(s) from ChatGPT; 3 were there already.\n"
    counted = json.loads(command(tmp_path, "conversations", "import", str(tmp_path / "logs.db"), "--json")[1])
    assert counted == {"source": "llm", "new": 2, "messages": 6, "grown": 0, "present": 0}
    found = json.loads(command(tmp_path, "conversations", "search", "Ten", "--json")[1])
    assert [one["title"] for one in found] == ["Levers"]
    code, out, err = command(tmp_path, "conversations", "import", str(tmp_path / "nowhere.json"))
    assert (code, out) == (2, "")
    assert "no such file" in err
