"""Secrets are hidden in what leaves, and come back in what was made of it."""

from __future__ import annotations

import pytest

from pointsman.core.security.masking import SecretMask
from pointsman.core.security.secret import Secret, without_secrets

PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nqqqq\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("OPENAI_API_KEY=hunter22 python a.py", "hunter22"),
        ("export TOKEN='abcd efgh'", "abcd efgh"),
        ("Authorization: Bearer abc.def-123456", "abc.def-123456"),
        ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        (f"before\n{PEM}\nafter", "MIIEpAIBAAKCAQEA"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA", "MIIEpAIBAAKCAQEA"),
        ("postgres://ann:hunter22@db/shop", "hunter22"),
        ("key sk-proj-abcdefghijkl1234", "sk-proj-abcdefghijkl1234"),
        ("ghp_abcdefghijklmnop1234", "ghp_abcdefghijklmnop1234"),
        ("AKIAABCDEFGHIJKLMNOP", "AKIAABCDEFGHIJKLMNOP"),
        ("eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSM", "eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSM"),
        ("{'password': 'hunter22'}", "hunter22"),
        ('client_secret = "hunter22"', "hunter22"),
        ("password: hunter22", "hunter22"),
        ("mysql --password hunter22 -h db", "hunter22"),
    ],
)
def test_what_looks_like_a_secret_is_hidden_in_output(text: str, secret: str) -> None:
    mask = SecretMask()
    hidden = mask.hide_in_output(text)
    assert secret not in hidden
    assert "***masked-1***" in hidden
    assert mask.restore(hidden, hidden) == text


@pytest.mark.parametrize(
    "code",
    [
        "token = next_token(stream)",
        "def login(password: str) -> None:",
        "password = form.password",
        'password = os.getenv("PASSWORD")',
        "key = lambda item: item[1]",
        "if token == '(':",
        "tokens: list[str] = []",
        "the bearer of bad news",
    ],
)
def test_code_that_only_speaks_of_secrets_stays(code: str) -> None:
    assert SecretMask().hide_in_source(code) == code


HIDDEN = "hunter2secret"


@pytest.mark.parametrize(
    "code",
    [
        f'API_KEY: str = "{HIDDEN}"',
        f'token: dict[str, str] | None = "{HIDDEN}"',
        f'os.environ["DB_PASSWORD"] = "{HIDDEN}"',
        f'monkeypatch.setenv("API_KEY","{HIDDEN}")',
        f'os.getenv("PASSWORD", "{HIDDEN}")',
        f'password = """{HIDDEN}"""',
        f"password = '''\n{HIDDEN}'''",
        f'password = "abcd\\"{HIDDEN}"',
        f"password = 'abcd\\'{HIDDEN}'",
        f'x = SecretStr("{HIDDEN}")',
        f'connect(password=("{HIDDEN}"))',
        f'user, password = "ann", "{HIDDEN}"',
        f'db_pass = "{HIDDEN}"',
        f'password := "{HIDDEN}"',
        f'const API_KEY: &\'static str = "{HIDDEN}";',
        f'const password string = "{HIDDEN}"',
        f'char password[] = "{HIDDEN}";',
        f'#define PASSWORD "{HIDDEN}"',
        f"const token = `{HIDDEN}`",
        f'password = os.environ.get("P") or "{HIDDEN}"',
        f'parser.add_argument("--password", default="{HIDDEN}")',
        f'config.set("db", "password", "{HIDDEN}")',
        f'password: str = Field(default="{HIDDEN}")',
        f'password = b64decode("{HIDDEN}")',
        f'secret_key = \\\n    "{HIDDEN}"',
    ],
)
def test_a_literal_behind_the_name_of_a_secret_is_hidden_in_every_common_form(code: str) -> None:
    mask = SecretMask()
    hidden = mask.hide_in_source(code)
    assert HIDDEN not in hidden
    assert mask.restore(hidden, hidden) == code


@pytest.mark.parametrize(
    "text",
    [
        f"db_user: app\ndb_password: {HIDDEN}\n",
        f"db_password = {HIDDEN}\n",
        f"password: correct horse {HIDDEN} # staple\n",
        f"password: a,b;{HIDDEN}\n",
        f"pass: {HIDDEN}\n",
        f"auth:\n  private_key: |\n    first\n    {HIDDEN}\n  user: ann\n",
        f"env:\n  - name: DB_PASSWORD\n    value: {HIDDEN}\n",
        f"<password>{HIDDEN}</password>",
        f'<add key="ApiKey" value="{HIDDEN}"/>',
        f"ALTER USER ann WITH PASSWORD '{HIDDEN}'",
        f"export db_password={HIDDEN}\n",
        f'{{"db": {{"password": "{HIDDEN}"}}}}',
        f"token: https://ann:hunter2222@host/{HIDDEN}",
    ],
)
def test_in_a_file_of_settings_whatever_stands_behind_the_name_of_a_secret_is_hidden(text: str) -> None:
    mask = SecretMask()
    hidden = mask.hide_in_settings(text)
    assert HIDDEN not in hidden
    assert mask.restore(hidden, hidden) == text
    assert all(word in hidden for word in ("user", "ann", "staple") if word in text and "://" not in text)


def test_what_a_test_runner_prints_stays() -> None:
    text = "--- PASS: TestOne (0.00s)\n1 pass: all\n"
    assert SecretMask().hide_in_output(text) == text


def test_literals_in_source_are_hidden_and_known_secrets_everywhere() -> None:
    mask = SecretMask((Secret("my-own-key-0001"), Secret("x")))
    hidden = mask.hide_in_source('API_TOKEN = "abc12345"\nurl = "x/my-own-key-0001"\n')
    assert hidden == 'API_TOKEN = "***masked-2***"\nurl = "x/***masked-1***"\n'


def test_equal_secrets_have_equal_marks_in_all_texts() -> None:
    mask = SecretMask()
    assert mask.hide_in_output("TOKEN=abc12345") == "TOKEN=***masked-1***"
    assert mask.hide_in_source("PASSWORD='other678'; TOKEN='abc12345'") == (
        "PASSWORD='***masked-2***'; TOKEN='***masked-1***'"
    )


def test_a_mark_becomes_a_secret_only_in_the_text_that_held_it() -> None:
    mask = SecretMask()
    one, other = mask.hide_in_source("TOKEN='abc12345'"), mask.hide_in_source("PASSWORD='other678'")
    stolen = f"print('{mask.hide_in_source('PASSWORD=other678')}')\n{one}"
    assert mask.restore(stolen, one) == "print('PASSWORD=***masked-2***')\nTOKEN='abc12345'"
    assert mask.restore(other, other) == "PASSWORD='other678'"
    assert mask.restore("***masked-99***", one) == "***masked-99***"


HARD = (
    *("password: " * 7_500, 'password="""' * 5_000, "password: |\n" * 5_000, "a, token, " * 5_000),
    *(
        "<token" * 10_000,
        "name: token\n" * 5_000,
        '("token", ' * 5_000,
        "token=a " * 5_000,
        "\n" * 50_000,
        " " * 50_000,
    ),
)


def test_hiding_takes_linear_time() -> None:
    for text in ("a" * 100_000, "token" * 20_000, "KEY_" * 25_000, "password=" * 11_000, "://" * 33_000, *HARD):
        assert SecretMask().hide_in_settings(text)  # by all patterns that there are


def test_a_child_process_sees_no_key_and_no_address_with_a_password() -> None:
    kept = {
        "PATH": "/bin",
        "DATABASE_URL": "postgresql://db/x",
        "AT": "http://host:80/ann@x:y@z",
        "HTTPS_PROXY": "http://a:b@proxy",
    }
    gone = {
        "OPENAI_API_KEY": "sk-1",
        "PGPASSWORD": "x",
        "POINTSMAN_SHARED": "redis://:secret@host",
        "URL": "postgresql://ann:secret@host/x",
    }
    assert without_secrets(kept | gone) == kept
