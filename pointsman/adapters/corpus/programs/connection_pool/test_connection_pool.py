from connection_pool import Pool


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
