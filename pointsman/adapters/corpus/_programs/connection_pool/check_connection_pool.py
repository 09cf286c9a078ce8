"""Checks of the pool."""

from connection_pool import Pool
from pool_line import Broken, Unreachable


class Net:
    """Makes lines with a number; lines of some numbers break."""

    def __init__(self, *broken: int) -> None:
        self.broken = broken
        self.log: list[str] = []
        self.count = 0

    def connect(self, host: str) -> "Wire":
        self.count += 1
        return Wire(self, f"{host}{self.count}", self.count in self.broken)


class Wire:
    """A line that logs."""

    def __init__(self, net: Net, name: str, broken: bool) -> None:
        self.net, self.name, self.broken = net, name, broken
        net.log.append(f"open {name}")

    def ask(self, question: str) -> str:
        if self.broken:
            raise Broken(self.name)
        if not question:
            raise ValueError("empty")
        return f"{question} by {self.name}"

    def close(self) -> None:
        self.net.log.append(f"close {self.name}")


def asked(pool: Pool, host: str, question: str) -> str:
    try:
        return pool.ask(host, question)
    except (OSError, ValueError) as error:
        return f"{type(error).__name__} {type(error.__cause__).__name__}"


def check_used_again() -> object:
    net = Net()
    pool = Pool(net.connect)
    return [[asked(pool, host, "q") for host in "aabab"], net.log, pool.close(), pool.close(), net.log]


def check_broken() -> object:
    net = Net(1, 3, 4)
    pool = Pool(net.connect)
    return [asked(pool, "a", "q"), asked(pool, "b", "q"), asked(pool, "a", "r"), net.log, pool.close()]


def check_attempts() -> object:
    found: list[object] = []
    for attempts in (0, 1, 2, 3):
        net = Net(1, 2)
        try:
            found.append(Pool(net.connect).ask("a", "q", attempts))
        except (Unreachable, ValueError) as error:
            found.append(type(error).__name__)
        found.append(net.log)
    return found


def check_other_errors_close() -> object:
    net = Net()
    pool = Pool(net.connect)
    return [asked(pool, "a", ""), net.log, asked(pool, "a", "q"), net.log]


def check_room() -> object:
    found = []
    for keep in (0, 1, 2):
        net = Net()
        pool = Pool(net.connect, keep)
        with pool.line("a"), pool.line("a"), pool.line("a"):
            pass
        found.append((net.log[3:], pool.close()))
    return found


def check_default_room() -> object:
    net = Net()
    pool = Pool(net.connect)
    with pool.line("a"), pool.line("a"), pool.line("a"), pool.line("b"):
        pass
    return [pool.close(), net.log[4:]]


def check_once() -> object:
    net = Net(2)
    pool = Pool(net.connect)
    found = [pool.ask_once("a", "q")]
    for question in ("q", ""):
        try:
            found.append(pool.ask_once("b", question))
        except (OSError, ValueError) as error:
            found.append(type(error).__name__)
    return [found, net.log]


def check_each_pool_has_its_own_lines() -> object:
    net = Net()
    one, other = Pool(net.connect), Pool(net.connect)
    return [asked(one, "a", "q"), asked(other, "a", "q"), one.close(), other.close()]
