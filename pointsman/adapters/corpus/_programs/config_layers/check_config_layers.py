"""Checks of settings."""

from config_layers import Layer, Settings, from_arguments, from_environment
from setting_kinds import BadValue, convert


def check_environment() -> object:
    layer = from_environment(
        {"APP_A": "1", "APP_DB__POOL_SIZE": "x", "app_b": "2", "XAPP_C": "3", "APP_": "4", "APP_D": ""}
    )
    return [layer.source, layer.values, from_environment({"MY_A": "1", "APP_A": "2"}, "MY_").values]


def check_arguments() -> object:
    lines = ("", "a b", "--a=1=2 --b= --c", "x -- --d y --", "-v --n=5 -", "--a=1 --a=2")
    found = []
    for line in lines:
        layer, rest = from_arguments(line.split())
        found.append((layer.values, rest))
    return found


def check_every_call_begins_anew() -> object:
    mine = ["old"]
    first = from_arguments(["a", "--x"])
    second = from_arguments(["b"])
    return [first[1], second[1], second[0].values, from_arguments(["c"], mine)[1], mine, Layer("a").values]


def check_layers() -> object:
    settings = Settings(
        Layer("one", {"a": "1", "b": "1"}), Layer("two", {"b": "2", "c": ""}), Layer("three", {"c": "3"})
    )
    found = [settings.find(name) for name in "abc"]
    try:
        settings.find("d")
    except KeyError:
        found.append(("KeyError", ""))
    return found


def check_kinds() -> object:
    cases = (
        ("x", "text"),
        ("", "text"),
        ("-5", "number"),
        ("YES", "switch"),
        ("0", "switch"),
        (" a ,, b,c ,", "list"),
        ("", "list"),
    )
    return [convert(text, kind) for text, kind in cases]


def check_refused() -> object:
    found = []
    for text, kind in (("5.0", "number"), ("", "number"), ("maybe", "switch"), ("x", "color")):
        try:
            found.append(str(Settings(Layer("file", {"n": text})).get("n", kind)))
        except BadValue as error:
            found.append(f"{error} {error.source} {type(error.__cause__).__name__}")
        except LookupError as error:
            found.append(type(error).__name__)
    return found


def check_get() -> object:
    settings = Settings(Layer("file", {"verbose": "on", "tags": "a,b", "db.host": "h"}))
    return [
        settings.get("db.host"),
        settings.get("verbose", "switch"),
        settings.get("tags", "list"),
        settings.get("tags"),
    ]


def check_unknown() -> object:
    settings = Settings(Layer("a", {"z": "", "db.port": "1"}), Layer("b", {"y": "", "z": "", "tags": ""}))
    return [settings.unknown(), Settings().unknown()]
