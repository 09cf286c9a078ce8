"""A run as a log of inspect_ai (version 2 of its JSON), so that its viewer and its tools read it. Pure.

One log holds the whole run: each contestant is a scorer, and each answer a sample of its own, named by case and
contestant. The format is that of https://inspect.aisi.org.uk/eval-logs.html; nothing of that package is needed here.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime

from pointsman.core.chat.usage import Usage
from pointsman.core.evaluation.manifest import RunManifest
from pointsman.core.evaluation.run_cases import ReadAnswer, ReadCase, read_run_cases
from pointsman.core.evaluation.run_report import RunReport, WholeRun, interval_json, manifest_json
from pointsman.core.evaluation.statistics import ModelScore, contestant
from pointsman.core.json import JsonObject


def inspect_log(run: WholeRun, report: RunReport) -> JsonObject:
    """The log, as inspect_ai's `read_eval_log` takes it."""
    samples = [
        _sample(run.manifest, case, answer) for case in read_run_cases(run) for answer in _answers_that_count(case)
    ]
    return {
        "version": 2,
        "status": "success",
        "eval": _spec(run, len(samples)),
        "plan": {"name": "plan", "steps": [], "config": {}},
        "results": {
            "total_samples": len(samples),
            "completed_samples": len(samples),
            "scores": [_score(score) for score in report.scores],
        },
        "stats": {
            "started_at": _moment(run.manifest),
            "completed_at": _moment(run.manifest),
            "model_usage": _usage_by_model(run),
        },
        "samples": list(samples),
    }


def _answers_that_count(case: ReadCase) -> list[ReadAnswer]:
    return [answer for answer in case.answers if not answer.shown_good and answer.repair != "unasked"]


def _moment(manifest: RunManifest) -> str:
    return datetime.fromtimestamp(manifest.began, UTC).isoformat(timespec="seconds")


def _spec(run: WholeRun, count: int) -> JsonObject:
    manifest = run.manifest
    return {
        "eval_id": manifest.id,
        "run_id": manifest.id,
        "created": _moment(manifest),
        "task": "healing" if manifest.type == "fault" else "tasks",
        "task_id": manifest.id,
        "task_version": 0,
        "task_attribs": {},
        "task_args": {},
        "model": ",".join(manifest.models),
        "model_args": {},
        "dataset": {
            "name": manifest.corpus or manifest.id,
            "samples": count,
            "sample_ids": list(_sample_names(run)),
            "shuffled": False,
        },
        "config": {"epochs": manifest.repeat},
        "packages": {"pointsman": manifest.version} if manifest.version else {},
        "metadata": manifest_json(manifest) | {"endpoints": {}},
    }  # fmt: skip


def _sample_names(run: WholeRun) -> list[str]:
    counted = [row.answer.question for row in run.rows if row.verdict.repair != "unasked"]
    return sorted({f"{one.case}/{contestant(one, run.manifest)}" for one in counted if not one.control})


def _score(score: ModelScore) -> JsonObject:
    share = score.share.mean
    metrics: JsonObject = {}
    if share is not None:
        error = math.sqrt(share * (1 - share) / score.cases)
        metrics = {"accuracy": _metric("accuracy", share), "stderr": _metric("stderr", error)}
    return {
        "name": score.name,
        "scorer": "healing",
        "params": {},
        "metrics": metrics,
        "scored_samples": score.cases,
        "metadata": {"interval": interval_json(score.share), "healed": score.healed, "unreadable": score.unreadable},
    }


def _metric(name: str, value: float) -> JsonObject:
    return {"name": name, "value": value, "params": {}}


def _usage_by_model(run: WholeRun) -> JsonObject:
    found: dict[str, Usage] = {}
    for row in run.rows:
        model = row.answer.question.model
        if row.answer.rounds:
            found[model] = found[model] + row.answer.usage if model in found else row.answer.usage
    return {model: _usage(usage) for model, usage in sorted(found.items())}


def _usage(usage: Usage) -> JsonObject:
    """What is unknown counts as nothing here: the format has no other word for it."""
    return {"input_tokens": usage.input or 0, "output_tokens": usage.output or 0, "total_tokens": usage.total or 0}


def _sample(manifest: RunManifest, case: ReadCase, answer: ReadAnswer) -> JsonObject:
    asked = "\n\n".join(f"{name}\n{text}" for name, text in case.shown.items())
    said: JsonObject = {"role": "assistant", "content": answer.text, "source": "generate"}
    is_good = answer.repair == "healed"
    verdict: JsonObject = {
        "value": "C" if is_good else "I",
        "answer": answer.difference or answer.text,
        "explanation": answer.detail or answer.repair,
        "metadata": {
            "repair": answer.repair,
            "failed": list(answer.failed),
            "suspicions": list(answer.suspicions),
            "edited_lines": answer.edited_lines,
            "identical": answer.identical,
        },
    }
    return {
        "id": f"{case.id}/{answer.contestant}",
        "epoch": answer.repeat + 1,
        "input": asked,
        "target": case.solution,
        "messages": [{"role": "user", "content": asked, "source": "input"}, said],
        "output": {
            "model": answer.contestant,
            "choices": [{"message": said, "stop_reason": "stop"}],
            "time": answer.latency_ms / 1000,
        },
        "scores": {answer.contestant: verdict},
        "metadata": {"case": case.id, "program": case.program, "kind": case.kind, "level": case.level},
        "store": {},
        "events": [],
        "model_usage": {},
        "attachments": {},
    }
