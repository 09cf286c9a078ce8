from task_errors import CircularTasks
from task_order import order, stages

HOUSE = {"roof": ["walls"], "walls": ["ground"], "ground": [], "garden": ["ground"], "party": ["roof", "garden"]}


def test_what_is_needed_comes_first() -> None:
    assert order(HOUSE) == ["ground", "garden", "walls", "roof", "party"]


def test_stages() -> None:
    assert stages(HOUSE) == [["ground"], ["garden", "walls"], ["roof"], ["party"]]


def test_a_circle_is_named() -> None:
    try:
        order({"egg": ["hen"], "hen": ["egg"], "corn": []})
    except CircularTasks as error:
        assert error.tasks == ("egg", "hen")
    else:
        raise AssertionError("a circle was ordered")
