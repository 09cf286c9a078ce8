"""The log of a run as inspect_ai reads it: by its written structure, and by the package where it is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pointsman.core.evaluation.inspect_log import inspect_log
from pointsman.core.evaluation.run_report import report_of
from pointsman.core.json import dumps_text, loads
from tests.core.evaluation.whole_runs import MODELS, a_run

TEXT, NUMBER, OBJECT = {"type": "string"}, {"type": "number"}, {"type": "object"}


def an_object(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(fields), "properties": fields}


def a_list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item, "minItems": 1}


MESSAGE = an_object(role={"enum": ["user", "assistant"]}, content=TEXT)
METRIC = an_object(name=TEXT, value=NUMBER)
SCHEMA = an_object(
    version={"const": 2},
    status={"enum": ["success", "error", "cancelled", "started"]},
    eval=an_object(
        eval_id=TEXT, run_id=TEXT, created=TEXT, task=TEXT, task_id=TEXT, model=TEXT, dataset=OBJECT, config=OBJECT
    ),
    plan=an_object(name=TEXT, steps={"type": "array"}, config=OBJECT),
    results=an_object(
        total_samples={"type": "integer"},
        completed_samples={"type": "integer"},
        scores=a_list(an_object(name=TEXT, scorer=TEXT, params=OBJECT, metrics={"additionalProperties": METRIC})),
    ),
    stats=an_object(started_at=TEXT, completed_at=TEXT, model_usage=OBJECT),
    samples=a_list(
        an_object(
            id=TEXT,
            epoch={"type": "integer", "minimum": 1},
            input=TEXT,
            target=TEXT,
            messages=a_list(MESSAGE),
            output=an_object(model=TEXT, choices=a_list(an_object(message=MESSAGE, stop_reason=TEXT))),
            scores={"additionalProperties": an_object(value={"enum": ["C", "I"]}, answer=TEXT, explanation=TEXT)},
        )
    ),
)
"""What of inspect_ai's EvalLog (version 2) a log must have: https://inspect.aisi.org.uk/eval-logs.html"""


@pytest.fixture
def log() -> Any:
    run = a_run()
    return loads(dumps_text(inspect_log(run, report_of(run)))).unwrap()


def test_the_log_has_the_structure_of_an_eval_log(log: Any) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed: pip install jsonschema")
    jsonschema.validate(log, SCHEMA)
    names = [sample["id"] for sample in log["samples"]]
    assert len(set(names)) == len(names) == 6 * len(MODELS)
    assert sorted(names) == log["eval"]["dataset"]["sample_ids"]
    shares = {score["name"]: score["metrics"]["accuracy"]["value"] for score in log["results"]["scores"]}
    assert shares == {"p/dear": 1.0, "p/free": 0.5, "p/unpriced": 0.0}
    assert "hush" not in dumps_text(log)


def test_inspect_ai_reads_the_log(log: Any, tmp_path: Path) -> None:
    inspect_ai = pytest.importorskip("inspect_ai.log", reason="inspect_ai is not installed: pip install inspect_ai")
    path = tmp_path / "log.json"
    path.write_text(dumps_text(log))
    read = inspect_ai.read_eval_log(str(path))
    assert read.status == "success"
    assert {score.name: score.metrics["accuracy"].value for score in read.results.scores}["p/free"] == 0.5
    assert read.samples[0].output.completion
