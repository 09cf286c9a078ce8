from id_pool import IdPool


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
