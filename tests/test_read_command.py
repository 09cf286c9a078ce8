"""`pointsman read`, `generate -f` and `/file` as a person calls them, against a real simulator."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pointsman.__main__ import run
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.chat.token_estimate import estimate_text
from pointsman.testing import Simulation, run_simulator
from tests.adapters.extract.samples import docx, paragraph, pdf
from tests.adapters.media.test_sound_and_documents import tone
from tests.test_cli import run as run_process
from tests.test_cli import started


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    with run_simulator() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, simulation: Simulation) -> Path:
    """A home of its own, in which OpenAI is the simulator, with files in it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.chdir(tmp_path)
    Path("report.pdf").write_bytes(pdf(["Points are set.", "", "The end."], title="On points"))
    Path("notes.docx").write_bytes(docx(paragraph("Ask the pointsman.")))
    Path("talk.wav").write_bytes(tone())
    Image.new("RGB", (40, 30), "red").save("photo.jpg")
    return tmp_path


def pointsman(*words: str, text: str = "") -> tuple[int, str, str]:
    """Exit code, output, and what was said beside it."""
    out, err = io.StringIO(), io.StringIO()
    code = run(list(words), Terminal(out, err, io.StringIO(text)))
    return code, out.getvalue(), err.getvalue()


def model(simulation: Simulation) -> list[str]:
    """Options that lead to the simulated OpenAI."""
    return ["-p", "openai", "-u", simulation.base_url("openai-chat"), "-m", "sim"]


def last_parts(simulation: Simulation) -> list[dict[str, Any]]:
    """The parts of the last message of the last request."""
    body: Any = json.loads(simulation.requests()[-1].body)
    parts: list[dict[str, Any]] = body["messages"][-1]["content"]
    return parts


def test_files_are_printed_with_their_places_and_warnings_stand_beside(home: Path) -> None:
    code, out, err = pointsman("read", "report.pdf")
    assert (code, out) == (0, "[page 1]\nPoints are set.\n\n[page 3]\nThe end.\n")
    assert err == "report.pdf: page 2 holds no text.\n"
    code, out, err = pointsman("read", "--pages", "3", "report.pdf", "notes.docx")
    assert (code, err) == (0, "notes.docx: it has no pages, so all of it is read.\n")
    assert out == "==> report.pdf <==\n[page 3]\nThe end.\n==> notes.docx <==\nAsk the pointsman.\n"


def test_json_has_everything_that_is_known(home: Path) -> None:
    code, out, _ = pointsman("read", "--json", "report.pdf", "photo.jpg")
    report, photo = (json.loads(line) for line in out.splitlines())
    assert (code, report["title"], report["page_count"], report["tokens"] > 3) == (0, "On points", 3, True)
    assert report["passages"][0] == {"kind": "text", "text": "Points are set.", "page": 1}
    assert report["warnings"] == ["page 2 holds no text"]
    size = (home / "photo.jpg").stat().st_size
    assert photo["passages"] == [
        {"kind": "picture", "text": "JPEG, 40×30 pixels", "picture": {"media_type": "image/jpeg", "bytes": size}}
    ]


def test_what_cannot_be_read_is_told_and_the_others_follow(home: Path) -> None:
    code, out, err = pointsman("read", "gone.pdf", str(home), "notes.docx")
    assert (code, out) == (2, "==> notes.docx <==\nAsk the pointsman.\n")
    assert [line.partition(":")[0] for line in err.splitlines()] == ["pointsman", "pointsman"]
    assert pointsman("read")[0] == 2


@pytest.mark.parametrize("pages", ["0", "x", "1-", "-3", "3-2", "1-999999999", ",", "١"])
def test_pages_that_are_none_are_told(home: Path, pages: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        pointsman("read", "report.pdf", f"--pages={pages}")
    assert ended.value.code == 2
    assert "page" in capsys.readouterr().err


def test_a_recording_is_heard_and_a_picture_described(home: Path, simulation: Simulation) -> None:
    code, out, _ = pointsman("read", "talk.wav", *model(simulation))
    assert code == 0
    assert out.startswith("[0:00.0–0:00.")
    code, out, err = pointsman("read", "--describe", "photo.jpg", *model(simulation))
    assert (code, err) == (0, "")
    assert "JPEG, 40×30 pixels\nSimulated answer" in out


def test_a_model_is_shown_text_segments_and_picture(home: Path, simulation: Simulation) -> None:
    question = "What do they have in common?"
    files = ("-f", "report.pdf", "-f", "talk.wav", "--file", "photo.jpg")
    code, out, err = pointsman("generate", *model(simulation), *files, question)
    assert code == 0, err
    assert question in out or "image/jpeg" in out
    picture, report, talk, asked = last_parts(simulation)
    assert picture["image_url"]["url"].startswith("data:image/jpeg;base64,")
    frame = '<document name="report.pdf" title="On points" pages="3">\n(Note: page 2 holds no text.)\n'
    assert report["text"].startswith(f"{frame}[page 1]\nPoints are set.")
    assert talk["text"].startswith('<document name="talk.wav">\n[0:00.0–0:')
    assert asked["text"] == question


def test_a_scanned_document_is_shown_as_its_pages(home: Path, simulation: Simulation) -> None:
    Path("scan.pdf").write_bytes(pdf(["", ""]))
    code, _, err = pointsman("generate", *model(simulation), "-f", "scan.pdf", "What is it?")
    assert (code, err) == (0, "scan.pdf: it holds no text; 2 of its pages are shown as pictures.\n")
    assert [part["type"] for part in last_parts(simulation)] == ["text", "image_url", "image_url", "text"]


def test_a_file_that_cannot_be_read_ends_the_command_before_anybody_is_asked(
    home: Path, simulation: Simulation
) -> None:
    before = len(simulation.requests())
    Path("locked.pdf").write_bytes(pdf(["x"], encrypt=True))
    code, _, err = pointsman("generate", *model(simulation), "-f", "locked.pdf", "What is it?")
    assert (code, err) == (2, "pointsman: locked.pdf: it opens with a password. Save it without a password first.\n")
    assert len(simulation.requests()) == before


def test_chat_shows_a_file_with_the_next_message(home: Path, simulation: Simulation) -> None:
    lines = "/file gone.txt\n/file notes.docx\nWhom?\n/exit\n"
    code, _, err = pointsman("chat", *model(simulation), text=lines)
    assert code == 0
    assert "gone.txt: it cannot be read" in err
    assert "notes.docx (about" in err
    assert [part["text"] for part in last_parts(simulation)] == [
        '<document name="notes.docx">\nAsk the pointsman.\n</document>\n',
        "Whom?",
    ]


def chat_bodies(simulation: Simulation, since: int) -> list[dict[str, Any]]:
    """What models were asked, from the request `since` on."""
    made = [request for request in simulation.requests()[since:] if request.path.endswith("/chat/completions")]
    return [json.loads(request.body) for request in made]


def test_chat_tells_what_a_file_that_passes_the_window_would_cost_and_goes_on(
    home: Path, simulation: Simulation
) -> None:
    Path("long.txt").write_text("Trains and points. " * 40_000)
    before = len(simulation.requests())
    lines = "/file long.txt\nSum it up.\n/exit\n"
    _, out, err = pointsman("chat", *model(simulation)[:-1], "gpt-4o-mini", text=lines)
    assert "long.txt has about 150,135 tokens: it is read in 7 parts, by 8 requests" in err
    assert "It should cost $0.0" in err
    assert "Say --yes" in err
    assert "Simulated" not in out
    assert not chat_bodies(simulation, before)


def test_chat_reads_a_long_file_by_parts_and_keeps_its_name_and_the_answer(home: Path, simulation: Simulation) -> None:
    Path("long.txt").write_text("Trains and points. " * 40_000)
    before = len(simulation.requests())
    lines = "/system Be brief.\n/file long.txt\nSum it up.\nAnd then?\n/history\n/exit\n"
    code, _, err = pointsman("chat", "--yes", *model(simulation)[:-1], "gpt-4o-mini", text=lines)
    assert code == 0
    assert "(It is too long to be shown here: the answer that follows was made of it by parts.)" in err
    assert "7 of 7 parts read, $0.0" in err
    *parts, last, after = chat_bodies(simulation, before)
    assert len(parts) == 7
    assert all(body["messages"][0]["content"] == "Be brief." for body in (*parts, last))
    assert "These are notes on all parts" in last["messages"][-1]["content"]
    shown = json.dumps(after["messages"])
    assert len(shown) < 2000
    assert '<document name=\\"long.txt\\">' in shown
    assert "made of it by parts" in shown
    assert "Sum it up." in err


@pytest.mark.parametrize("command", ["generate", "chat"])
def test_where_nobody_knew_the_window_it_is_said_how_parts_are_read(
    home: Path, simulation: Simulation, command: str
) -> None:
    Path("long.txt").write_text("Trains and points. " * 4_000)
    words = (*model(simulation)[:-1], "sim-overflow")
    asked = ("-f", "long.txt", "Sum it up.") if command == "generate" else ()
    lines = "" if command == "generate" else "/file long.txt\nSum it up.\n/exit\n"
    code, _, err = pointsman(command, *words, *asked, text=lines)
    assert "maximum context length is 8192 tokens" in err
    assert err.splitlines()[-1].endswith("--window N has files read by parts of N tokens.")
    assert code == (11 if command == "generate" else 0)  # /exit ends the talk well
    if command == "generate":
        by_parts = ("--window", "2000", "--yes", *model(simulation), *asked)
        code, _, err = pointsman(command, *by_parts)
        assert (code, "not known before" in err) == (0, False)


def test_of_a_long_file_that_could_not_be_read_nothing_more_is_offered(home: Path, simulation: Simulation) -> None:
    Path("long.txt").write_text("Trains and points. " * 40_000)
    lines = "/file long.txt\nWho set the points?\n/exit\n"
    _, _, err = pointsman("chat", "--yes", "--window", "2000", *model(simulation)[:-1], "sim-status-401", text=lines)
    assert "status 401" in err
    assert "To ask more of it" not in err


def test_a_further_question_of_a_long_file_knows_what_was_said_before(home: Path, simulation: Simulation) -> None:
    """`/file` alone takes the file along again; nobody has to say again what "it" is."""
    Path("long.txt").write_text("Trains and points. " * 40_000)
    lines = "/file\n/file long.txt\nWho set the points?\n/file\nAnd who pays her?\n/exit\n"
    before = len(simulation.requests())
    code, _, err = pointsman("chat", "--yes", *model(simulation)[:-1], "gpt-4o-mini", text=lines)
    assert code == 0
    assert err.count("To ask more of it, type /file alone") == 2
    assert err.startswith("Say which: /file NAME.\n")
    assert "long.txt goes with your next message." in err
    again = [body["messages"] for body in chat_bodies(simulation, before) if "And who pays her?" in json.dumps(body)]
    assert len(again) > 7
    for messages in again:
        assert [message["role"] for message in messages] == ["system", "user", "assistant", "user"]
        assert "Who set the points?" in json.dumps(messages[1])
        assert len(json.dumps(messages[:3])) < 7000


def test_the_steps_of_a_reading_are_events_of_a_chat_in_json(home: Path, simulation: Simulation) -> None:
    Path("long.txt").write_text("Trains and points. " * 40_000)
    lines = "/file long.txt\nSum it up.\n/exit\n"
    line = ("chat", "--json", "--budget", "0.20", "--window", "20000", *model(simulation)[:-1], "gpt-4o-mini")
    code, out, _ = pointsman(*line, text=lines)
    events = [json.loads(event) for event in out.splitlines()]
    assert (code, events[-1]["event"]) == (0, "done")
    steps = [event for event in events if event["event"] == "reading"]
    assert [step["read"] for step in steps if step["parts"] != step["read"]]
    assert steps[-1]["read"] == steps[-1]["parts"] == max(step["read"] for step in steps)
    assert steps[-1]["cost_usd"] == events[-1]["cost_usd"]


def long_pdf(pages: int) -> bytes:
    """A PDF of so many full pages."""
    return pdf(
        [
            "\n".join(f"Line {n} of page {page} tells of trains and points." for n in range(30))
            for page in range(1, pages + 1)
        ]
    )


def test_a_pdf_of_300_pages_is_summarised_within_its_window_and_its_budget(home: Path, simulation: Simulation) -> None:
    Path("book.pdf").write_bytes(long_pdf(300))
    line = ("generate", *model(simulation)[:-1], "gpt-4o-mini", "-f", "book.pdf", "--window", "8000", "Summarise it.")
    before = len(simulation.requests())
    code, out, err = pointsman(*line)
    assert (code, out) == (18, "")
    assert "book.pdf has about" in err
    assert "It should cost $0.0" in err
    assert "Say --yes" in err
    code, _, err = pointsman(*line, "--budget", "0.0001")
    assert code == 17
    assert "requests are expected to cost" in err
    assert len(simulation.requests()) == before
    code, out, err = pointsman(*line, "--budget", "0.20", "--json")
    answer = json.loads(out)
    made: list[Any] = [json.loads(request.body) for request in simulation.requests()[before:]]
    assert (code, len(made)) == (0, answer["requests"])
    assert 0 < float(answer["cost_usd"]) < 0.2
    assert "of 20 parts read" in err or "parts read, $" in err
    for body in made:
        tokens = sum(estimate_text(message["content"]) for message in body["messages"])
        assert tokens + int(body.get("max_completion_tokens") or body["max_tokens"]) < 8000
    shown = "\n".join(message["content"] for body in made for message in body["messages"])
    assert all(f"[page {page}]\nLine 0 of page {page} tells" in shown for page in range(1, 301))


@pytest.mark.long
def test_the_record_of_a_simulator_holds_what_three_files_and_a_long_one_were_asked_with(home: Path) -> None:
    Path("book.pdf").write_bytes(long_pdf(300))
    record = home / "sent.jsonl"
    with started(home, "simulate", "--port", "0", "--pace", "0", "--strict", "--record", str(record)) as server:
        assert server.stdout is not None
        line = ("generate", "-p", "openai", "-u", f"{server.stdout.readline().split()[3]}/v1", "-m")
        files = ("-f", "report.pdf", "-f", "talk.wav", "-f", "photo.jpg")
        common = run_process(home, *line, "sim", *files, "What do they have in common?")
        at_once = len(chats(record))
        by_parts = ("gpt-4o-mini", "-f", "book.pdf", "--window", "8000", "--budget", "0.20", "--json", "Summarise it.")
        summary = run_process(home, *line, *by_parts)
        server.kill()
    assert (common[0], summary[0], at_once) == (0, 0, 1), common[2] + summary[2]
    asked, *parts = chats(record)
    shown: list[dict[str, Any]] = asked["messages"][-1]["content"]
    texts = "\n".join(part["text"] for part in shown if part["type"] == "text")
    assert "[page 1]\nPoints are set." in texts
    assert '<document name="talk.wav">\n[0:00.0–0:' in texts
    assert [part["type"] for part in shown].count("image_url") == 1
    answer = json.loads(summary[1])
    assert len(parts) == answer["requests"] > 10
    assert 0 < float(answer["cost_usd"]) < 0.2
    for body in parts:
        tokens = sum(estimate_text(message["content"]) for message in body["messages"])
        assert tokens + int(body.get("max_completion_tokens") or body["max_tokens"]) < 8000
    read = "\n".join(message["content"] for body in parts for message in body["messages"])
    assert all(f"[page {page}]\nLine 0 of page {page} tells" in read for page in range(1, 301))


def chats(record: Path) -> list[dict[str, Any]]:
    """The bodies of the chats that a simulator recorded."""
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    return [line["body"] for line in lines if line["path"].endswith("/chat/completions")]
