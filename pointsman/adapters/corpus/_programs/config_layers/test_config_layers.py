from config_layers import Layer, Settings, from_arguments, from_environment
from setting_kinds import BadValue


def test_the_later_layer_wins() -> None:
    settings = Settings(Layer("defaults", {"db.port": "1"}), from_environment({"APP_DB__PORT": "2", "HOME": "/"}))
    assert settings.get("db.port", "number") == 2
    assert settings.find("db.port") == ("2", "environment")


def test_arguments() -> None:
    layer, rest = from_arguments(["run", "--verbose", "--db.host=h", "--", "--x"])
    assert layer.values == {"verbose": "true", "db.host": "h"}
    assert rest == ["run", "--x"]


def refusal(text: str, kind: str) -> str:
    try:
        return str(Settings(Layer("file", {"n": text})).get("n", kind))
    except BadValue as error:
        return f"{error} {type(error.__cause__).__name__}"


def test_a_bad_value() -> None:
    assert refusal("yes", "switch") == "True"
    assert refusal("x", "number") == "n from the file cannot be 'x' ValueError"
