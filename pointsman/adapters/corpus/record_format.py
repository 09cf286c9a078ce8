"""Expected outcomes and recorded faults as JSON: what `expected.json` and `faults.json` hold. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import attrs
import orjson
from cattrs import BaseValidationError
from cattrs.preconf.orjson import OrjsonConverter, make_converter
from returns.result import Failure, Result, Success

from pointsman.core.evaluation import error_stream
from pointsman.core.evaluation.error_stream import ReportedError
from pointsman.core.evaluation.fault import FaultKind, Outcome
from pointsman.core.faults.record import RecordedFault


@attrs.frozen(kw_only=True)
class RecordFile:
    """What `faults.json` holds. `digest` is of the program that it was recorded of, `python` the version that did."""

    digest: str
    python: str
    cpu_seconds: float
    faults: tuple[RecordedFault, ...] = ()
    survived: dict[FaultKind, int] = attrs.field(factory=dict)
    flaky: dict[FaultKind, int] = attrs.field(factory=dict)


@cache
def _converter() -> OrjsonConverter:
    attrs.resolve_types(ReportedError, dict(vars(error_stream)))
    return make_converter(omit_if_default=True)


def read_expected(data: bytes) -> Mapping[str, Outcome]:
    """What `expected.json` holds; nothing where it cannot be read."""
    try:
        return _converter().loads(data, dict[str, Outcome])
    except (ValueError, BaseValidationError):
        return {}


def write_expected(expected: Mapping[str, Outcome]) -> bytes:
    """The text of `expected.json`, a check a line."""
    rows = [f"{_text(name)}: {_text(_converter().unstructure(outcome))}" for name, outcome in expected.items()]
    return ("{\n" + ",\n".join(rows) + "\n}\n").encode()


def read_record(data: bytes) -> Result[RecordFile, str]:
    """What `faults.json` holds, or why it cannot be read."""
    try:
        return Success(_converter().loads(data, RecordFile))
    except (ValueError, BaseValidationError) as problem:
        return Failure(str(problem))


def write_record(record: RecordFile) -> bytes:
    """The text of `faults.json`, a fault a line."""
    whole = _converter().unstructure(record)
    faults = whole.pop("faults", [])
    head = [f"{_text(name)}: {_text(value)}" for name, value in whole.items()]
    rows = ",\n".join(_text(fault) for fault in faults)
    return ("{\n" + ",\n".join([*head, f'"faults": [\n{rows}\n]' if rows else '"faults": []']) + "\n}\n").encode()


def _text(value: object) -> str:
    return orjson.dumps(value).decode()
