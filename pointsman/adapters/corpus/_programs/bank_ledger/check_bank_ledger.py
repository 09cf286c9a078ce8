"""Checks of the ledger."""

import threading
from collections.abc import Callable
from decimal import Decimal

import bank_ledger
from bank_ledger import Ledger
from ledger_errors import NotCovered, Refused


class Watched:
    """A lock that says when a second thread has to wait for it."""

    signal = threading.Event()

    def __init__(self) -> None:
        self.inner = threading.Lock()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """As a lock does it."""
        if self.inner.acquire(False):
            return True
        self.signal.set()
        return blocking and self.inner.acquire(True, timeout)

    def release(self) -> None:
        """As a lock does it."""
        self.inner.release()

    def locked(self) -> bool:
        """As a lock does it."""
        return self.inner.locked()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


if "Lock" in vars(bank_ledger):
    vars(bank_ledger)["Lock"] = Watched


def meanwhile(act: Callable[[], object]) -> threading.Thread:
    """Run `act` in a second thread until it ends or has to wait for a lock; that thread."""

    def run() -> None:
        try:
            act()
        finally:
            Watched.signal.set()

    thread = threading.Thread(target=run, daemon=True)
    Watched.signal.clear()
    thread.start()
    Watched.signal.wait(1)
    return thread


def made(pause: Callable[[], None] = lambda: None) -> Ledger:
    ledger = Ledger(pause)
    ledger.open("a", "10")
    ledger.open("b", "1")
    return ledger


def tried(ledger: Ledger, *booking: str) -> str:
    try:
        return str(ledger.book(*booking))
    except NotCovered as error:
        return f"NotCovered {error.missing} {error}"
    except Refused as error:
        return type(error).__name__


def balances(ledger: Ledger) -> list[str]:
    return [str(ledger.balance(name)) for name in ("a", "b")]


def check_two_threads() -> object:
    others: list[threading.Thread] = []
    answers: list[str] = []

    def pause() -> None:
        if not others:
            others.append(meanwhile(lambda: answers.append(tried(ledger, "a", "b", "7"))))

    ledger = made(pause)
    answers.append(tried(ledger, "a", "b", "6"))
    others[0].join()
    return [answers, balances(ledger)]


def check_bounds() -> object:
    found = []
    for amount in ("9.99", "10", "10.01"):
        ledger = made()
        found.append((tried(ledger, "a", "b", amount), balances(ledger)))
    return found


def check_credit() -> object:
    ledger = Ledger(credit={"a": Decimal(5)})
    ledger.open("a", "1")
    ledger.open("b")
    return [tried(ledger, "a", "b", amount) for amount in ("6.01", "6", "0.01")]


def check_amounts() -> object:
    ledger = made()
    return [
        [tried(ledger, "a", "b", amount) for amount in ("0", "-1", "0.001", "0.010", "1.005", "2")],
        balances(ledger),
    ]


def check_accounts() -> object:
    ledger = made()
    found = [tried(ledger, "a", "z", "1"), tried(ledger, "z", "a", "1"), tried(ledger, "a", "a", "1")]
    ledger.open("a", "99")
    try:
        ledger.balance("y")
    except Refused as error:
        found.append(type(error.__cause__).__name__)
    return [found, balances(ledger), ledger.lock.locked()]


def check_every_ledger_is_new() -> object:
    one = made()
    one.credit["a"] = Decimal(100)
    other = made()
    return [tried(one, "a", "b", "50"), tried(other, "a", "b", "50"), sorted(Ledger().credit)]


def check_statements() -> object:
    ledger = made()
    ledger.open("c", "0.10")
    for amount in ("1", "2.50", "0.5"):
        ledger.book("a", "b", amount)
    return [ledger.statement("a"), ledger.statement("a", 9), ledger.statement("b", 1), ledger.statement("c")]
