"""The command line as a person starts it: real processes against a real simulator."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.adapters.media.test_sound_and_documents import tone
from tests.command_line import POINTSMAN as POINTSMAN
from tests.command_line import environment as environment
from tests.patience import GUARD
from tests.simulated import STRICT


def run(home: Path, *arguments: str, text: str = "", more: dict[str, str] | None = None) -> tuple[int, str, str]:
    """Exit code, output and errors of one command."""
    done = subprocess.run(
        [*POINTSMAN, *arguments],
        input=text,
        capture_output=True,
        text=True,
        env={**environment(home), **(more or {})},
        cwd=home,
        timeout=GUARD,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `pointsman simulate`."""
    command = [*POINTSMAN, "simulate", "--port", "0", "--pace", "0", *(["--strict"] if STRICT else [])]
    home = tmp_path_factory.mktemp("home")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment(home)) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[3]
        process.kill()


BASES = {
    "openai": "/v1",
    "openai-responses": "/v1",
    "anthropic": "",
    "gemini": "/v1beta",
    "ollama": "",
    "lmstudio": "/v1",
    "azure": "/openai/v1",
}


@pytest.mark.parametrize(("provider", "path"), BASES.items())
def test_generate_streams_from_every_vendors_base_url(tmp_path: Path, address: str, provider: str, path: str) -> None:
    code, out, _ = run(tmp_path, "generate", "-p", provider, "-u", address + path, "-m", "sim", "Which way?")
    assert code == 0
    assert "Which way?" in out


@pytest.mark.parametrize(
    ("model", "code", "said"),
    [
        ("sim-auth", 4, "API key"),
        ("sim-not-found", 5, "pointsman models"),
        ("sim-rate-limit-100", 6, "Wait 100 s"),
        ("sim-quota", 7, "credit"),
        ("sim-overflow", 11, "larger context"),
        ("sim-html", 13, "web page"),
        ("sim-reset", 9, "part that came before"),
    ],
)
def test_errors_have_their_sentence_and_exit_code(
    tmp_path: Path, address: str, model: str, code: int, said: str
) -> None:
    found, _, err = run(tmp_path, "generate", "-p", "openai", "-u", f"{address}/v1", "-m", model, "Hello")
    assert found == code
    assert said in err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nope"], 2, "invalid choice"),
        (["generate", "-t", "3", "x"], 2, "not between 0 and 2"),
        (["generate", "--max-tokens", "0", "x"], 2, "not at least 1"),
        (["generate", "-p", "opnai", "x"], 3, "did you mean openai?"),
        (["generate", "-p", "openai", "x"], 3, "set OPENAI_API_KEY"),
        (["generate", "-u", "ftp://x", "x"], 3, "not an address"),
        (["generate", "--config", "missing.toml", "x"], 3, "no such file"),
        (["generate", "-p", "ollama", "-u", "http://127.0.0.1:1", "-m", "x", "hi"], 9, "nothing answers"),
        (["generate", "-p", "ollama", "-u", "http://127.0.0.1:1", "-m", "x"], 2, "there is no prompt"),
        (["generate", "-p", "ollama", "-m", "x", "--image", "no.png", "hi"], 2, "no such file"),
        (["generate", "-p", "ollama", "-m", "x", "--schema", "{bad", "hi"], 2, "not JSON"),
    ],
)
def test_wrong_input_is_one_sentence(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    found, out, err = run(tmp_path, *arguments)
    assert (found, out) == (code, "")
    assert said in err


def test_json_schema_and_pipe(tmp_path: Path, address: str) -> None:
    base = ["generate", "-p", "anthropic", "-u", address, "-m", "sim"]
    code, out, _ = run(tmp_path, *base, "--json", text="from a pipe")
    assert code == 0
    answer = json.loads(out)
    assert "from a pipe" in answer["text"]
    assert answer["usage"]["input"] > 0
    schema = '{"type":"object","properties":{"age":{"type":"integer"}},"required":["age"]}'
    code, out, _ = run(tmp_path, *base, "--schema", schema, "A person")
    assert code == 0
    assert isinstance(json.loads(out)["age"], int)


def test_an_image_is_checked_by_its_content_and_made_to_fit(tmp_path: Path, address: str) -> None:
    base = ["generate", "-p", "anthropic", "-u", address, "-m", "sim", "What is this?", "--image"]
    (tmp_path / "notes.png").write_text("not a picture")
    code, _, err = run(tmp_path, *base, "notes.png")
    assert code == 0  # `--image` is another name of `-f`, which reads what a file is and not what it is called
    assert "notes.png: it is named like a picture, and is text; it is read as that" in err
    (tmp_path / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    code, _, err = run(tmp_path, *base, "cut.png")
    assert code == 2
    assert "cut.png: it is named like a picture, and is none" in err
    Image.new("RGB", (3000, 300)).save(tmp_path / "wide.png")
    code, out, _ = run(tmp_path, *base, "wide.png")
    assert code == 0
    assert "image/jpeg" in out
    assert "1568×157 pixels" in out
    code, out, _ = run(tmp_path, *base, "https://example.org/a.png")
    assert code == 0
    assert "https://example.org/a.png (not fetched)" in out


def test_transcribe_prints_words_times_or_json(tmp_path: Path, address: str) -> None:
    base = ["transcribe", "speech.bin", "-p", "openai", "-u", f"{address}/v1", "-m", "sim"]
    (tmp_path / "speech.bin").write_bytes(tone(90.0))
    code, plain, err = run(tmp_path, *base, "-v")
    assert code == 0
    assert "of audio/wav. One hears:" in plain
    assert "openai/sim" in err
    code, out, _ = run(tmp_path, *base, "--segments")
    assert code == 0
    first, second = (line.partition("]")[0] for line in out.splitlines())
    assert first.startswith("[0:00.0 – 0:4")
    assert second.endswith("– 1:30.0")
    code, out, _ = run(tmp_path, *base, "--segments", "--json", "--language", "de")
    told = json.loads(out)
    assert (told["text"], told["duration"], told["language"]) == (plain.rstrip("\n"), 90.0, "de")
    assert told["usage"] == {"input": None, "output": None}
    assert told["cost_usd"] is None
    (tmp_path / "notes.wav").write_text("not sound")
    code, out, err = run(tmp_path, "transcribe", "notes.wav", *base[2:])
    assert (code, out) == (2, "")
    assert "'notes.wav' is not WAV, MP3" in err
    code, _, err = run(tmp_path, "transcribe", "speech.bin", "-p", "anthropic", "-u", address, "-m", "sim")
    assert code == 10
    assert "it has no transcription" in err


def test_models_health_embed_and_providers(tmp_path: Path, address: str) -> None:
    base = ["-p", "lmstudio", "-u", f"{address}/v1"]
    code, out, _ = run(tmp_path, "models", *base, "--json")
    assert code == 0
    assert {"sim", "sim-embed"} <= {model["id"] for model in json.loads(out)}
    code, out, _ = run(tmp_path, "health", *base, "--json")
    assert code == 0
    assert json.loads(out)[0]["ok"] is True
    code, out, _ = run(tmp_path, "embed", *base, "-m", "sim-embed", text="one\ntwo\n")
    assert code == 0
    assert [json.loads(line)["text"] for line in out.splitlines()] == ["one", "two"]
    keyed = ["-p", "openai", "-u", f"{address}/v1"]
    assert run(tmp_path, "embed", "one", *keyed, "-m", "sim-embed", more={"OPENAI_API_KEY": "sk-x"})[0] == 0
    _, out, _ = run(tmp_path, "usage", "--json", "--by", "model")
    assert "openai/sim-embed" in out, "the model that was named, not the provider's usual one"
    code, out, _ = run(tmp_path, "providers", "--json")
    assert code == 0
    assert {"openai", "custom"} <= {row["name"] for row in json.loads(out)}
    code, _, _ = run(tmp_path, "health", "-p", "ollama", "-u", "http://127.0.0.1:1")
    assert code == 9


def test_a_settings_file_with_a_fallback_is_obeyed(tmp_path: Path, address: str) -> None:
    (tmp_path / "pointsman.toml").write_text(
        f"""
        default_provider = "work"
        fallback = ["spare/sim"]
        [retries]
        max_retries = 0
        [providers.work]
        kind = "openai"
        base_url = "{address}/v1"
        api_key_env = "WORK_KEY"
        model = "sim-status-503"
        [providers.spare]
        kind = "ollama"
        base_url = "{address}"
        """
    )
    code, out, err = run(tmp_path, "generate", "Hello", more={"WORK_KEY": "sk-secret-1234"})
    assert code == 0
    assert "(ollama)" in out
    assert "spare stepped in" in err
    code, _, err = run(tmp_path, "generate", "Hello")
    assert code == 3
    assert "'WORK_KEY' is not set" in err


def test_chat_keeps_the_conversation(tmp_path: Path, address: str) -> None:
    turns = "First thing.\n/nope\nSecond thing.\n/history\n/exit\n"
    code, out, err = run(tmp_path, "chat", "-p", "gemini", "-u", f"{address}/v1beta", "-m", "sim", text=turns)
    assert code == 0
    assert "messages: 3" in out
    assert "There is no command /nope" in err
    assert "user: Second thing." in err


def take_ctrl_c() -> None:
    """In a child: take Ctrl-C as from a terminal. A shell's background job, which the tests may be, ignores it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def started(home: Path, *arguments: str) -> subprocess.Popen[str]:
    """A command under way, which takes Ctrl-C as from a terminal."""
    return subprocess.Popen(
        [*POINTSMAN, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
        env=environment(home),
        preexec_fn=take_ctrl_c,
    )


def test_ctrl_c_in_mid_stream_ends_cleanly(tmp_path: Path, address: str) -> None:
    with started(tmp_path, "generate", "-p", "openai", "-u", f"{address}/v1", "-m", "sim-stall", "Hello") as process:
        assert process.stdout is not None
        assert process.stdout.read(9) == "Simulated"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=GUARD)
    assert process.returncode == 130
    assert err.strip() == "Interrupted."


def test_a_reader_that_goes_away_is_no_crash(tmp_path: Path, address: str) -> None:
    with started(tmp_path, "generate", "-p", "openai", "-u", f"{address}/v1", "-m", "sim-drip", "Hello") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(4)
        process.stdout.close()
        assert process.wait(timeout=GUARD) == 141
        assert "Traceback" not in process.stderr.read()


@pytest.mark.parametrize(("provider", "path"), [("openai", "/v1"), ("anthropic", ""), ("ollama", "")])
def test_a_server_killed_in_mid_stream(tmp_path: Path, provider: str, path: str) -> None:
    with started(tmp_path, "simulate", "--port", "0", "--pace", "20") as server:
        assert server.stdout is not None
        url = server.stdout.readline().split()[3] + path
        with started(tmp_path, "generate", "-p", provider, "-u", url, "-m", "sim", "A story") as process:
            assert process.stdout is not None
            begun = process.stdout.read(9)
            server.kill()
            _, err = process.communicate(timeout=GUARD)
    assert begun == "Simulated"
    assert process.returncode == 9
    assert "part that came before" in err
    assert "Traceback" not in err


def test_demo_runs_and_says_that_it_is_simulated(tmp_path: Path) -> None:
    code, out, _ = run(tmp_path, "demo", "--pace", "0")
    assert code == 0
    assert "SIMULATED" in out
    assert "Everything went as it should." in out
    shown = re.findall(r"^== (.*)", out, re.MULTILINE)
    assert len(shown) == 14
    for word in ("kept", "remembered", "picture", "vectors", "gateway", "healed", "whole bill"):
        assert any(word in title for title in shown), word
    assert re.search(r"^  all +27 calls, 6 failed: at least \$0\.01", out, re.MULTILINE)
    assert list(tmp_path.rglob("demo.db")) == []


def test_prompts_are_listed_shown_rendered_and_compared(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "translate@2.toml").write_text('text = "Please translate: {{text}}"')
    (tmp_path / "pointsman.toml").write_text('prompts = "p"')
    (tmp_path / "letter").write_text("Lieber Zug")
    code, out, _ = run(tmp_path, "prompts", "list")
    assert code == 0
    assert [line.split("\t")[0] for line in out.splitlines()][-2:] == ["translate@1", "translate@2"]
    assert run(tmp_path, "prompts", "render", "translate", "--set", "text=@letter")[1].startswith(
        "[user]\nPlease translate: Lieber Zug"
    )
    assert "+Please translate: {{text}}" in run(tmp_path, "prompts", "compare", "translate@1", "translate@2")[1]
    assert json.loads(run(tmp_path, "prompts", "show", "translate@1", "--json")[1])["version"] == 1
    for arguments in (["show", "nothing"], ["show"], ["render", "translate"], ["render", "translate", "--set", "x"]):
        code, _, err = run(tmp_path, "prompts", *arguments)
        assert (code, err.count("pointsman: ")) == (2, 1)
    (tmp_path / "p" / "bad.toml").write_text("text =")
    assert run(tmp_path, "prompts", "list")[0] == 3


def test_a_template_is_asked_and_the_personality_is_told(address: str, tmp_path: Path) -> None:
    (tmp_path / "pointsman.toml").write_text(
        f'[providers.gpt]\nkind = "custom"\nbase_url = "{address}/v1"\n[personality]\nname = "Ada"\n'
        'rules = ["Be kind."]\n[personality.traits]\nwarmth = 0.9\n'
        '[[personality.examples]]\nuser = "a"\nassistant = "b"\n'
    )
    given = ["--template", "translate", "--set", "text=Guten Tag", "--no-stream"]
    code, out, err = run(tmp_path, "generate", "-p", "gpt", *given)
    assert code == 0, err
    assert "Guten Tag" in out
    code, out, err = run(tmp_path, "chat", "-p", "gpt", "-v", text="Who are you?\n/tools\n")
    assert (code, "There are none" in err) == (0, True), err
    assert "personality" in err
    (tmp_path / "pointsman.toml").write_text("[personality.traits]\nwarmth = 2\n")
    code, _, err = run(tmp_path, "chat", text="x\n")
    assert (code, "2 is not between 0 and 1" in err) == (3, True)


def test_tools_are_listed(tmp_path: Path) -> None:
    code, out, _ = run(tmp_path, "tools")
    assert code == 0
    assert out.splitlines()[0].startswith("calculator\texpression\talways\t")
    assert {tool["name"] for tool in json.loads(run(tmp_path, "tools", "--json")[1])} >= {"calculator", "current_time"}


def test_the_tools_of_an_mcp_server_are_given_by_its_name(address: str, tmp_path: Path) -> None:
    server = Path(__file__).parent / "adapters" / "mcp" / "real_server.py"
    (tmp_path / "pointsman.toml").write_text(
        f'[providers.gpt]\nkind = "custom"\nbase_url = "{address}/v1"\n'
        f'[mcp.sums]\ncommand = "{sys.executable}"\narguments = ["-m", "tests.adapters.mcp.real_server"]\n'
        f'approval = "always"\nenvironment = {{ PYTHONPATH = "{server.parents[3]}" }}\n'
    )
    code, _, err = run(tmp_path, "generate", "-p", "gpt", "--tools", "sums", "-v", "Use sums_add, please.")
    assert code == 0, err
    assert "sums_add" in err, err
    (tmp_path / "pointsman.toml").write_text('[mcp."a b"]\ncommand = "x"\nurl = "http://localhost"\n')
    code, _, err = run(tmp_path, "generate", "hi")
    assert (code, err.count("  - ")) == (3, 2), err


def test_a_strict_simulator_refuses_and_records_what_it_was_sent(tmp_path: Path) -> None:
    options = ("--port", "0", "--pace", "0", "--strict", "--record", str(tmp_path / "sent.jsonl"))
    with started(tmp_path, "simulate", *options) as server:
        assert server.stdout is not None
        url = server.stdout.readline().split()[3]
        assert run(tmp_path, "generate", "-p", "anthropic", "-u", url, "-m", "sim", "Hello")[0] == 0
        body = {"model": "sim", "messages": [], "context_management": {}}
        refused = httpx.post(f"{url}/v1/chat/completions", json=body, trust_env=False)
        server.kill()
    assert refused.status_code == 400
    sent = [json.loads(line) for line in (tmp_path / "sent.jsonl").read_text().splitlines()]
    assert [(line["path"], line["status"]) for line in sent] == [("/v1/messages", 200), ("/v1/chat/completions", 400)]
    assert sent[1]["body"] == body
    assert "x-api-key" not in sent[0]["headers"]


def test_a_record_that_cannot_be_written_is_told_before_anything_is_served(tmp_path: Path) -> None:
    code, _, err = run(tmp_path, "simulate", "--record", "no/such/folder")
    assert code != 0
    assert "cannot be written" in err


NOWHERE = "https://127.0.0.1:1/v1"


@pytest.mark.parametrize(
    ("more", "url", "said"),
    [
        ({"SSL_CERT_FILE": "/nowhere/ca.pem"}, NOWHERE, "SSL_CERT_FILE: there is no file '/nowhere/ca.pem'"),
        ({"SSL_CERT_DIR": "/nowhere"}, NOWHERE, "SSL_CERT_DIR: there is no folder '/nowhere'"),
        ({"REQUESTS_CA_BUNDLE": "/dev/null"}, NOWHERE, "REQUESTS_CA_BUNDLE: the file '/dev/null' holds no certificate"),
        ({"ALL_PROXY": "socks://127.0.0.1:1"}, "http://api.example/v1", "ALL_PROXY: a proxy of socks:// cannot"),
        ({"HTTPS_PROXY": "http://["}, "https://api.example/v1", "HTTPS_PROXY: it is not an address such as"),
    ],
)
@pytest.mark.parametrize("command", ["generate", "models", "embed"])
def test_what_is_set_on_the_machine_is_told_with_its_cure(
    tmp_path: Path, command: str, more: dict[str, str], url: str, said: str
) -> None:
    words = () if command == "models" else ("hello",)
    given = {"OPENAI_API_KEY": "sk-abcdefgh", **more}
    code, out, err = run(tmp_path, command, "-p", "openai", "-u", url, "-m", "m", *words, more=given)
    assert (code, out) == (3, ""), err
    assert said in err


def test_a_chat_over_a_wrong_proxy_goes_on_and_says_why(tmp_path: Path) -> None:
    given = {"OPENAI_API_KEY": "sk-abcdefgh", "ALL_PROXY": "socks4://127.0.0.1:1"}
    arguments = ("chat", "-p", "openai", "-u", "http://api.example/v1", "-m", "m")
    _, _, err = run(tmp_path, *arguments, text="hello\n", more=given)
    assert "ALL_PROXY: a proxy of socks4:// cannot be used" in err


def test_files_of_every_kind_may_begin_with_a_byte_order_mark(tmp_path: Path, address: str) -> None:
    def marked(name: str, text: str) -> str:
        path = tmp_path / name
        path.write_bytes(b"\xef\xbb\xbf" + text.encode())
        return str(path)

    (tmp_path / "prompts").mkdir()
    marked("prompts/greet.toml", 'text = "Say {{word}}"\n[variables.word]\n')
    word = marked("word.txt", "hello")
    config = marked("p.toml", f'prompts = "{tmp_path}/prompts"\n')
    code, out, err = run(tmp_path, "prompts", "render", "greet", "--set", f"word=@{word}", "--config", config)
    assert (code, out.strip().splitlines()[-1]) == (0, "Say hello"), err
    schema = marked("schema.json", '{"type": "object", "properties": {"a": {"type": "integer"}}}')
    given = {"OPENAI_API_KEY": "sk-abcdefgh"}
    arguments = ("generate", "-p", "openai", "-u", f"{address}/v1", "-m", "sim", "--schema", schema, "hello")
    code, out, err = run(tmp_path, *arguments, more=given)
    assert code == 0, err
    assert isinstance(json.loads(out)["a"], int)


def test_the_token_of_the_vendors_own_tools_is_sent_and_never_shown(tmp_path: Path, address: str) -> None:
    given = {"ANTHROPIC_AUTH_TOKEN": "tok-secret-1", "ANTHROPIC_BASE_URL": address}
    code, out, err = run(tmp_path, "generate", "-m", "sim", "hello", more=given)
    assert (code, bool(out.strip())) == (0, True), err
    code, out, err = run(tmp_path, "providers", "--json", more=given)
    states = {row["name"]: row["state"] for row in json.loads(out)}
    assert (code, states["anthropic"]) == (0, "default")
    assert "tok-secret-1" not in out + err


def test_a_database_that_cannot_be_opened_costs_the_record_and_not_the_answer(tmp_path: Path, address: str) -> None:
    (tmp_path / "folder").mkdir()
    asked = ("generate", "-p", "openai", "-u", f"{address}/v1", "-m", "sim", "Which way?")
    more = {"POINTSMAN_DATABASE": str(tmp_path / "folder")}
    code, out, err = run(tmp_path, *asked, more=more)
    assert (code, "Which way?" in out) == (0, True), err
    assert err.startswith("Usage is not recorded: the database")
    bounded = more | {"POINTSMAN_BUDGETS": '[{"name": "all", "usd": 1}]'}
    code, out, err = run(tmp_path, *asked, more=bounded)
    assert (code, out) == (16, ""), err
