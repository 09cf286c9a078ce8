from event_hub import Hub, matches


def test_patterns() -> None:
    assert matches("user.*.login", "user.7.login")
    assert matches("user.#", "user.7.login")
    assert not matches("user.*", "user.7.login")


def test_handlers_are_called() -> None:
    hub, seen = Hub(), list[object]()
    off = hub.on("a", lambda topic, value: seen.append(value))
    assert hub.emit("a", 1) == 1
    off()
    assert hub.emit("a", 2) == 0
    assert seen == [1]
