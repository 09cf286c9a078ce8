"""Checks of windows."""

from rate_window import Window, alarms, busiest


def check_sums() -> object:
    window = Window(3)
    added = [window.add(time, amount) for time, amount in ((0, 2), (1, 3), (1, 1), (2.9, 5), (3, 7), (4, 0), (9, 1))]
    return [added, len(window.events), window.total]


def check_at() -> object:
    window = Window(2)
    for time in (0, 1, 2):
        window.add(time)
    return [window.at(time) for time in (2, 2.5, 3, 3.5, 4, 5)]


def check_rate() -> object:
    window = Window(8)
    for time in range(5):
        window.add(time, time)
    return [window.rate(time) for time in (4, 8, 10, 12, 13)]


def check_back_in_time() -> object:
    window, found = Window(5), list[object]()
    for time in (3, 3, 2.9, 4):
        try:
            found.append(window.add(time))
        except ValueError:
            found.append("ValueError")
    return found


def check_lengths() -> object:
    found = []
    for seconds in (-1, 0, 0.5):
        try:
            found.append(str(Window(seconds).seconds))
        except ValueError:
            found.append("ValueError")
    return found


def check_alarms() -> object:
    times = [0, 1, 1, 2, 5, 6, 6.5, 6.7, 7, 20, 20, 20]
    return [alarms(times, limit, 2) for limit in (0, 1, 2, 3, 4)] + [alarms([], 0, 1)]


def check_busiest() -> object:
    times = [0.0, 1, 2, 2, 5, 6, 7, 7.5]
    return [busiest(times, seconds) for seconds in (0, 0.5, 1, 2, 2.5, 100)] + [busiest([], 1)]


def check_many_old_events() -> object:
    window = Window(1)
    window.events.extend((number, 1) for number in range(150000))
    window.total = 150000
    return [window.at(10**6), len(window.events)]


def check_long_spans() -> object:
    return busiest([float(number) for number in range(30000)], 15000)
