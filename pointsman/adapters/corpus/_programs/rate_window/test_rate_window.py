from rate_window import Window, alarms, busiest


def test_old_events_are_forgotten() -> None:
    window = Window(10)
    assert [window.add(0), window.add(5), window.add(10), window.at(14)] == [1, 2, 2, 2]


def test_an_alarm() -> None:
    assert alarms([0, 1, 2, 3, 20, 21, 22], 2, 10) == [2, 22]


def test_the_busiest_span() -> None:
    assert busiest([0, 4, 5, 6, 20], 2) == (4, 3)
