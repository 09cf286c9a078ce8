"""`--cluster` on the command line: the workers of a cluster judge and read; what is wrong with one is said."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.dask_cluster import local_cluster
from tests.test_eval_run import CASES, Line, begin, home, line

__all__ = ["home", "line"]  # fixtures


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a cluster in threads of this process."""
    with local_cluster(1, processes=False) as address:
        yield address


@pytest.mark.long
def test_a_run_is_judged_by_the_workers_of_a_cluster(line: Line, cluster: str) -> None:
    code, out, err = line.run(*begin("spread.db"), "--cluster", cluster)
    assert code == 0, err
    assert "sim/sim-a  100 % ▕██████████▏" in out
    report = json.loads(line("eval", "report", "spread.db", "--json")[1])
    assert report["controls"] == {"original": [CASES, CASES], "unchanged": [0, CASES], "right": True}


def test_the_parts_of_a_long_document_are_read_over_a_cluster(
    line: Line, cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POINTSMAN_CONFIG", "settings.toml")  # the worker's own
    (line.home / "long.txt").write_text("\n\n".join(f"Sentence {n} tells of points." for n in range(400)))
    asked = ("generate", "-f", "long.txt", "--window", "1000", "--yes", "-m", "sim/teller", "What?")
    code, out, err = line(*asked, "--cluster", cluster, "--config", "settings.toml")
    assert code == 0, err
    assert out.strip()


def test_a_cluster_that_is_none_is_refused_and_one_that_is_away_is_named(
    line: Line, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        line.run(*begin("refused.db"), "--cluster", "http://host:8786")
    assert "write it as tcp://host:8786" in capsys.readouterr().err
    monkeypatch.setattr("pointsman.adapters.dask.executor._CONNECT_SECONDS", 0.2)
    code, _, err = line.run(*begin("away.db"), "--cluster", "tcp://127.0.0.1:9")
    assert code != 0
    assert "no scheduler of dask answers at tcp://127.0.0.1:9" in err
