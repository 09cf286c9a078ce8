from setting_layers import flatten, look_up, merge

BASE = {"server": {"port": 80, "hosts": ["a"]}, "debug": False}


def test_a_later_layer_wins() -> None:
    merged = merge(BASE, {"server": {"port": 443, "hosts": ["b"]}}, {"debug": "!remove"})
    assert merged == {"server": {"port": 443, "hosts": ["a", "b"]}}


def test_values_by_path() -> None:
    assert look_up(BASE, "server.hosts.0") == "a"
    assert look_up(BASE, "server.name", "none") == "none"
    assert flatten(BASE) == {"server.port": 80, "server.hosts": ["a"], "debug": False}
