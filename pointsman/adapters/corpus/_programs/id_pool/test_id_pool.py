from id_pool import IdPool, NotLent


def test_the_smallest_number_is_lent() -> None:
    pool = IdPool(5)
    assert [pool.take(), pool.take(), pool.take()] == [1, 2, 3]
    pool.give_back(2)
    assert [pool.take(), pool.take()] == [2, 4]


def test_for_a_while() -> None:
    pool = IdPool(2)
    with pool.lend(2) as numbers:
        assert numbers == [1, 2]
    assert not pool.out


def refusal(pool: IdPool, number: int) -> str:
    try:
        pool.give_back(number)
    except NotLent as error:
        return type(error.__cause__).__name__
    return "back"


def test_what_is_not_lent() -> None:
    pool = IdPool(2)
    pool.take()
    assert [refusal(pool, 1), refusal(pool, 1)] == ["back", "KeyError"]
