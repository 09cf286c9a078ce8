"""Environment, file and arguments to settings: their weights, every problem at once, and no secret anywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.methods import unwrap_or_failure

from pointsman import (
    AuthenticationFailed,
    ChatError,
    ConfigurationError,
    NetworkError,
    RateLimitExceeded,
    Secret,
    Settings,
    TimeoutError,
)
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.core.routing.backoff import delay_before_retry
from pointsman.layers.settings.parse import parse_settings
from pointsman.layers.settings.sources import Arguments
from pointsman.layers.stack import backoff

NOTHING = Arguments()
AZURE = {"AZURE_OPENAI_API_KEY": "key-1234", "AZURE_OPENAI_ENDPOINT": "https://r.example"}


def parsed(
    environment: dict[str, str] | None = None, file: str = "", arguments: Arguments = NOTHING, name: str = "p.toml"
) -> Settings | ConfigurationError:
    """The settings, or what is wrong."""
    files = [(name, file.encode())] if file else []
    return unwrap_or_failure(parse_settings(environment or {}, files, arguments))


def good(settings: Settings | ConfigurationError) -> Settings:
    """The settings, which must be fine."""
    assert isinstance(settings, Settings), settings
    return settings


def problems(settings: Settings | ConfigurationError) -> tuple[str, ...]:
    """The problems, which must be there."""
    assert isinstance(settings, ConfigurationError)
    return settings.problems


def test_arguments_outweigh_the_file_and_the_file_the_environment() -> None:
    environment = {"OPENAI_API_KEY": "sk-abcdef", "OPENAI_MODEL": "from-env", "OPENAI_TEMPERATURE": "0.1"}
    file = '[providers.openai]\nmodel = "from-file"\ntemperature = 0.2\nmax_tokens = 7\n'
    one = good(parsed(environment)).providers["openai"]
    two = good(parsed(environment, file)).providers["openai"]
    three = good(parsed(environment, file, Arguments(model="from-arguments"))).providers["openai"]
    assert (one.model, one.temperature, one.max_tokens) == ("from-env", 0.1, None)
    assert (two.model, two.temperature, two.max_tokens) == ("from-file", 0.2, 7)
    assert (three.model, three.temperature, three.max_tokens) == ("from-arguments", 0.2, 7)


@pytest.mark.parametrize(
    ("environment", "provider", "field", "value"),
    [
        ({"ANTHROPIC_API_KEY": "key-1234"}, "anthropic", "api_key", Secret("key-1234")),
        ({"CLAUDE_API_KEY": "key-1234", "CLAUDE_MODEL": "c"}, "anthropic", "model", "c"),
        ({"GOOGLE_API_KEY": "key-1234"}, "gemini", "api_key", Secret("key-1234")),
        ({"LM_STUDIO_ENDPOINT": "http://localhost:1234"}, "lmstudio", "base_url", "http://localhost:1234/v1"),
        ({"LMSTUDIO_API_BASE": "http://box:1/v1/"}, "lmstudio", "base_url", "http://box:1/v1"),
        ({"LMSTUDIO_BASE_URL": "http://box:1/x"}, "lmstudio", "base_url", "http://box:1/x"),
        ({"LM_STUDIO_MODEL": "m"}, "lmstudio", "model", "m"),
        ({"OLLAMA_BASE_URL": "http://box:11434/", "OLLAMA_TIMEOUT": "12"}, "ollama", "timeout", 12.0),
        ({"OLLAMA_HOST": "0.0.0.0:11434"}, "ollama", "base_url", "http://127.0.0.1:11434"),
        ({"OLLAMA_HOST": ":11500"}, "ollama", "base_url", "http://127.0.0.1:11500"),
        ({"OLLAMA_HOST": "0.0.0.0"}, "ollama", "base_url", "http://127.0.0.1:11434"),
        ({"OLLAMA_HOST": "box"}, "ollama", "base_url", "http://box:11434"),
        ({"OLLAMA_HOST": "box:80"}, "ollama", "base_url", "http://box:80"),
        ({"OLLAMA_HOST": '"box"'}, "ollama", "base_url", "http://box:11434"),
        ({"OLLAMA_HOST": "http://box"}, "ollama", "base_url", "http://box"),
        ({"OLLAMA_HOST": "https://box/"}, "ollama", "base_url", "https://box"),
        ({"OLLAMA_HOST": "http://box:1/path"}, "ollama", "base_url", "http://box:1/path"),
        ({"OLLAMA_HOST": "http://:11500"}, "ollama", "base_url", "http://127.0.0.1:11500"),
        ({"OLLAMA_HOST": "::1"}, "ollama", "base_url", "http://[::1]:11434"),
        ({"OLLAMA_HOST": "[::]:11500"}, "ollama", "base_url", "http://[::1]:11500"),
        ({"OLLAMA_HOST": "box:1", "OLLAMA_BASE_URL": "http://other:2"}, "ollama", "base_url", "http://other:2"),
        ({"GOOGLE_API_KEY": "key-1234", "GOOGLE_GEMINI_BASE_URL": "https://box"}, "gemini", "base_url",
         "https://box/v1beta"),
        ({"ANTHROPIC_AUTH_TOKEN": "tok-1"}, "anthropic", "headers", {"authorization": Secret("Bearer tok-1")}),
        ({"OPENAI_API_KEY": "key-1234", "OPENAI_ORG_ID": "org-1", "OPENAI_PROJECT_ID": "proj_1"}, "openai", "headers",
         {"openai-organization": Secret("org-1"), "openai-project": Secret("proj_1")}),
        ({"MLX_MODEL_PATH": "/models/x"}, "mlx", "model", "/models/x"),
        (AZURE, "azure", "base_url",
         "https://r.example/openai/v1"),
        ({**AZURE, "AZURE_OPENAI_API_VERSION": "2024-10-21", "OPENAI_API_VERSION": "old"}, "azure", "api_version",
         "2024-10-21"),
        ({**AZURE, "OPENAI_API_VERSION": "preview"}, "azure", "api_version", "preview"),
        ({**AZURE, "AZURE_OPENAI_ENDPOINT": "https://r.example/openai/deployments/mine/", "OPENAI_API_VERSION": "1"},
         "azure", "model", "mine"),
        ({"OPENAI_MAX_TOKENS": "9", "OPENAI_API_KEY": "key-1234"}, "openai", "max_tokens", 9),
    ],
)  # fmt: skip
def test_every_variable_says_its_part(environment: dict[str, str], provider: str, field: str, value: object) -> None:
    settings = good(parsed(environment))
    assert settings.default_provider == provider
    assert getattr(settings.providers[provider], field) == value


def test_variables_of_the_client_itself() -> None:
    settings = good(
        parsed(
            {
                "LLM_PROVIDER": "claude",
                "ANTHROPIC_API_KEY": "key-1234",
                "OPENAI_API_KEY": "key-5678",
                "LLM_CLIENT_TIMEOUT": "30",
                "LLM_CLIENT_MAX_RETRIES": "5",
                "LLM_CLIENT_RETRY_DELAY": "0.25",
                "LLM_CLIENT_CACHE_TTL": "60",
            }
        )
    )
    assert settings.default_provider == "anthropic"
    assert (settings.timeouts.total, settings.timeouts.first_byte) == (30.0, 30.0)
    assert (settings.retries.max_retries, settings.retries.base_delay) == (5, 0.25)
    assert settings.model_cache_ttl == 60.0


def test_all_problems_come_at_once_each_with_its_place() -> None:
    file = 'colour = "red"\n[providers.openai]\ntymeout = 3\ntemperature = "0.5"\nmax_tokens = 0\n'
    found = problems(parsed({"LLM_CLIENT_TIMEOUT": "soon", "LLM_PROVIDER": "olama"}, file))
    assert len(found) == 6
    whole = "\n".join(found)
    assert "p.toml: colour: it is not a setting" in whole
    assert "p.toml: providers.openai.tymeout: it is not a setting; did you mean timeout?" in whole
    assert "p.toml: providers.openai.temperature: '0.5' is not a number" in whole
    assert "p.toml: providers.openai.max_tokens: 0 is not at least 1" in whole
    assert "LLM_CLIENT_TIMEOUT: 'soon' is not a number of seconds" in whole
    assert "LLM_PROVIDER: 'olama' is not a provider; did you mean ollama?" in whole


@pytest.mark.parametrize(
    ("file", "name", "said"),
    [
        ("a = ", "p.toml", "it is not TOML"),
        ('{"a": ', "p.json", "not JSON"),
        ("[]", "p.json", "not a JSON object"),
        ("providers = 3", "p.toml", "it is not a table"),
        ('[providers.x]\nbase_url = "http://a"', "p.toml", "is not a kind of provider"),
        ('[providers.x]\nkind = "custom"', "p.toml", "needs a base URL"),
        ('[providers.openai]\nbase_url = "http://user:pw1234@a"', "p.toml", "user name or password"),
        ("fallback = [3]", "p.toml", "fallback[0]: 3 is not a text"),
        ("fallback = 3", "p.toml", "fallback: it is not a list"),
        ("[window]\nreserve = 1e400", "p.toml", "is not a whole number"),
        (f"a = {'[' * 5000}", "p.toml", "it is nested too deeply"),
    ],
)
def test_a_broken_file_says_where(file: str, name: str, said: str) -> None:
    found = "; ".join(problems(parsed({}, file, name=name)))
    assert said in found
    assert found.startswith((name, "providers.x"))


def test_json_files_and_named_providers() -> None:
    file = '{"default_provider":"work","providers":{"work":{"kind":"custom","base_url":"http://a:1"}},"fallback":["x"]}'
    settings = good(parsed({}, file, name="p.json"))
    assert settings.default_provider == "work"
    assert settings.providers["work"].base_url == "http://a:1/v1"
    assert settings.fallback == ("x",)


def test_nothing_set_is_no_default_and_no_problem() -> None:
    assert good(parsed()).default_provider is None


def test_half_an_azure_setting_does_not_stand_in_the_way() -> None:
    environment = {"AZURE_OPENAI_API_KEY": "key-1234", "OPENAI_API_KEY": "key-5678"}
    assert good(parsed(environment)).default_provider == "openai"
    assert "AZURE_OPENAI_ENDPOINT" in problems(parsed(environment, arguments=Arguments(provider="azure")))[0]


def test_an_address_of_a_deployment_needs_a_version() -> None:
    environment = {
        **AZURE,
        "AZURE_OPENAI_ENDPOINT": "https://r.example/openai/deployments/mine",
        "OPENAI_API_KEY": "k-1",
    }
    assert good(parsed(environment)).default_provider == "openai" or "azure" in good(parsed(environment)).providers
    (problem,) = problems(parsed(environment, arguments=Arguments(provider="azure")))
    assert "set AZURE_OPENAI_API_VERSION" in problem
    known = good(parsed({**environment, "OPENAI_API_VERSION": "2024-10-21"}, arguments=Arguments(provider="azure")))
    assert (known.providers["azure"].model, known.providers["azure"].api_version) == ("mine", "2024-10-21")


def test_only_azure_has_versions_of_its_api() -> None:
    file = "[providers.work]\nkind = 'openai'\napi_key = 'sk-1234'\napi_version = '2024-10-21'"
    assert "has no versions of its API" in problems(parsed({}, file))[0]
    wrong = "[providers.work]\nkind = 'azure'\nbase_url = 'https://a'\napi_version = '2024&x=1'"
    assert "is not a version such as 2024-10-21" in problems(parsed({}, wrong))[0]


@pytest.mark.parametrize("name", [name for name, row in PROVIDERS.items() if row.twin_of])
def test_a_row_that_shares_variables_is_taken_by_name_alone(name: str) -> None:
    row = PROVIDERS[name]
    environment = {row.key_variables[0]: "key-1234", row.base_url_variables[0]: "https://r.example"}
    assert name not in good(parsed(environment)).providers
    assert good(parsed(environment, arguments=Arguments(provider=name))).default_provider == name


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40), st.booleans())
def test_no_secret_is_ever_shown(key: str, wrong: bool) -> None:
    key = f"sk{key}"
    environment = {"OPENAI_API_KEY": key, "OPENAI_TEMPERATURE": "9" if wrong else "1"}
    file = "[providers.work]\nkind = 'openai'\nproxy = 'http://u:hidden-pw@p'\nheaders = { x-team = 'hidden-h' }"
    outcome = parsed(environment, file)
    shown = f"{outcome!r}{outcome}"
    assert key not in shown
    assert "hidden" not in shown
    assert isinstance(outcome, ConfigurationError) == wrong


@pytest.mark.parametrize("row", PROVIDERS.values(), ids=lambda row: row.name)
def test_every_row_is_well_formed_and_can_be_set_up(row: object) -> None:
    from pointsman.adapters.providers.row import Provider

    assert isinstance(row, Provider)
    assert row.docs.startswith("https://")
    assert row.title
    if row.base_url is not None:
        here = "engine://localhost" if row.is_run_here else "http://localhost"
        assert row.base_url.startswith(here if row.local else "https://")
        assert not row.base_url.endswith("/")
    assert row.key_variables or not row.key_required
    settings = good(parsed({}, arguments=Arguments(provider=row.name, base_url="http://127.0.0.1:9", model="m")))
    assert settings.default_provider == row.name
    assert settings.providers[row.name].model == "m"


def test_each_kind_of_error_may_have_its_own_number_of_retries() -> None:
    settings = good(parsed(file="[retries]\nmax_retries = 1\nkinds = { RateLimitExceeded = 5, TimeoutError = 0 }\n"))
    policy = backoff(settings.retries)
    kinds: tuple[ChatError, ...] = (
        RateLimitExceeded(),
        TimeoutError(timeout_ms=1, phase="total"),
        NetworkError(),
        AuthenticationFailed(),
    )
    tries = [sum(delay_before_retry(policy, n, error, 0.0) is not None for n in range(9)) for error in kinds]
    assert tries == [5, 0, 1, 0]
    wrong = problems(parsed(file="[retries]\nkinds = { RateLimitExeeded = 5, AuthenticationFailed = 1 }"))
    assert any("did you mean RateLimitExceeded?" in problem for problem in wrong)
    assert any("AuthenticationFailed: it is not an error that can be retried" in problem for problem in wrong)


ALIASED = '[aliases]\nfast = "ollama/qwen3"\n"claude-haiku-*" = "fast"\n'


def test_aliases_are_read_and_checked() -> None:
    assert good(parsed({}, ALIASED)).aliases == {"fast": "ollama/qwen3", "claude-haiku-*": "fast"}
    found = problems(parsed({}, '[aliases]\na = "b"\nb = "a"\nc = 5\n"d*" = "x**"\n'))
    assert any("aliases.a: it leads back to itself (a → b → a)" in problem for problem in found)
    assert any("aliases.c: 5 is not a text" in problem for problem in found)
    assert any("aliases.d*: it has more than one *" in problem for problem in found)


@pytest.mark.parametrize(
    ("environment", "file", "model", "expected"),
    [
        ({}, 'default_provider = "lmstudio"', "openai/gpt-oss-20b", ("lmstudio", "openai/gpt-oss-20b")),
        ({"LMSTUDIO_MODEL": "m"}, "", "openai/gpt-oss-20b", ("lmstudio", "openai/gpt-oss-20b")),
        ({"OPENROUTER_API_KEY": "sk-abcdef"}, "", "openai/gpt-4o", ("openrouter", "openai/gpt-4o")),
        ({"OPENAI_API_KEY": "sk-abcdef", "LMSTUDIO_MODEL": "m"}, "", "openai/gpt-4o", ("openai", "gpt-4o")),
        ({"ANTHROPIC_API_KEY": "sk-abcdef"}, "", "ollama/qwen3", ("ollama", "qwen3")),
        ({"ANTHROPIC_API_KEY": "sk-abcdef"}, ALIASED, "claude-haiku-4-5", ("ollama", "qwen3")),
        ({"ANTHROPIC_API_KEY": "sk-abcdef"}, ALIASED, "claude-opus-4", ("anthropic", "claude-opus-4")),
    ],
)
def test_the_first_word_of_a_model_is_a_provider_where_that_is_set_up(
    environment: dict[str, str], file: str, model: str, expected: tuple[str, str]
) -> None:
    settings = good(parsed(environment, file, Arguments(model=model)))
    name = settings.default_provider
    assert name is not None
    assert (name, settings.providers[name].model) == expected


def test_a_vendor_without_a_key_is_still_asked_for_one() -> None:
    found = problems(parsed({"ANTHROPIC_API_KEY": "sk-abcdef"}, "", Arguments(model="openai/gpt-4o")))
    assert any("OPENAI_API_KEY" in problem for problem in found)


@pytest.mark.parametrize("host", [":99999", "box:port:", "http://a b", "ftp://box", "[::1"])
def test_a_host_that_is_none_is_told_by_its_variable(host: str) -> None:
    assert problems(parsed({"OLLAMA_HOST": host}))[0].startswith("OLLAMA_HOST: it is not an address")


def test_a_token_goes_along_with_a_key_from_the_environment_and_yields_to_one_that_was_given() -> None:
    """As the vendor's own package sends both; but a token for elsewhere is not sent along with another's key."""
    environment = {"ANTHROPIC_AUTH_TOKEN": "tok-1", "ANTHROPIC_API_KEY": "key-1234"}
    both = good(parsed(environment)).providers["anthropic"]
    assert (both.api_key, dict(both.headers)) == (Secret("key-1234"), {"authorization": Secret("Bearer tok-1")})
    file = '[providers.anthropic]\napi_key = "key-5678"\nheaders = { x-team = "a" }\n'
    given = good(parsed(environment, file)).providers["anthropic"]
    assert (given.api_key, dict(given.headers)) == (Secret("key-5678"), {"x-team": Secret("a")})
    own = '[providers.anthropic]\napi_key = "key-5678"\nheaders = { authorization = "Basic x" }\n'
    assert dict(good(parsed({}, own)).providers["anthropic"].headers) == {"authorization": Secret("Basic x")}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.toml", '[providers.x]\r\nkind = "custom"\r\nbase_url = "http://box/v1"\r\n'),
        ("p.json", '{"providers": {"x": {"kind": "custom", "base_url": "http://box/v1"}}}'),
    ],
)
def test_a_byte_order_mark_is_skipped(name: str, text: str) -> None:
    """As editors and shells on Windows write it."""
    assert good(parsed({}, f"\ufeff{text}", name=name)).providers["x"].base_url == "http://box/v1"


def test_a_proxy_is_looked_at_before_it_is_used_and_never_quoted() -> None:
    file = '[providers.openai]\nproxy = "htp://user:sesame@box"\n[providers.groq]\nproxy = "socks4://box"\n'
    whole = "\n".join(problems(parsed({}, file)))
    assert "p.toml: providers.openai.proxy: it is not an address such as http://proxy.example:3128" in whole
    assert "p.toml: providers.groq.proxy: a proxy of socks4:// cannot be used" in whole
    assert "sesame" not in whole
    file = '[providers.openai]\nproxy = "box:3128"\n'
    assert good(parsed({}, file)).providers["openai"].proxy == "http://box:3128"


def test_what_is_sent_again_is_said_in_the_settings() -> None:
    assert not good(parsed()).retries.resend_unanswered
    file = "[retries]\nresend_unanswered = true\n[limits.openai]\nmax_pause = 30\n"
    settings = good(parsed({}, file))
    assert settings.retries.resend_unanswered
    assert backoff(settings.retries).resend_unanswered
    assert settings.limits["openai"].max_pause == 30
    assert "resend_unanswered" in problems(parsed({}, "[retries]\nresend_unanswered = 1\n"))[0]


def test_a_name_of_another_program_is_told_ours_and_no_list_hides_the_problem() -> None:
    file = 'hue = 1\n[providers.openai]\napi_base = "x"\nmodel_name = "y"\n'
    assert problems(parsed({}, file)) == (
        "p.toml: hue: it is not a setting",
        "p.toml: providers.openai.api_base: it is not a setting; did you mean base_url?",
        "p.toml: providers.openai.model_name: it is not a setting; did you mean model?",
    )
