from ranked_vote import read_vote, run_vote


def test_the_last_leaves_and_the_vote_goes_on() -> None:
    ballots, spoilt = read_vote(["3 * ann > bob", "2 * bob > cy", "2 * Cy > bob > ann", "ann > ann"])
    assert spoilt == [4]
    assert run_vote(["ann", "bob", "cy"], ballots) == ("ann", [{"ann": 3, "bob": 2, "cy": 2}, {"ann": 5}])


def test_more_than_half_wins() -> None:
    ballots, _ = read_vote(["x", "x > y", "y"])
    assert run_vote(["x", "y"], ballots) == ("x", [{"x": 2, "y": 1}])
