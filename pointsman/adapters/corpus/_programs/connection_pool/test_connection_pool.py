from connection_pool import Pool
from pool_line import Broken, Unreachable


class Echo:
    def ask(self, question: str) -> str:
        return question.upper()

    def close(self) -> None: ...


def test_a_line_is_used_again() -> None:
    hosts = []

    def connect(host: str) -> Echo:
        hosts.append(host)
        return Echo()

    pool = Pool(connect)
    assert [pool.ask("a", "one"), pool.ask("a", "two"), pool.ask("b", "three")] == ["ONE", "TWO", "THREE"]
    assert hosts == ["a", "b"]
    assert pool.close() == 2


class Bad(Echo):
    closed = 0

    def ask(self, question: str) -> str:
        raise Broken(question)

    def close(self) -> None:
        Bad.closed += 1


def test_broken_lines_are_closed() -> None:
    try:
        answer = Pool(lambda host: Bad()).ask("a", "one")
    except Unreachable as error:
        answer = type(error.__cause__).__name__
    assert (answer, Bad.closed) == ("Broken", 2)
