"""The table of names against the package it follows: names, units, well-known values, version."""

from __future__ import annotations

from importlib.metadata import version

from opentelemetry.metrics import Meter, NoOpMeter
from opentelemetry.semconv._incubating.attributes import error_attributes, gen_ai_attributes
from opentelemetry.semconv._incubating.metrics import gen_ai_metrics
from opentelemetry.semconv.schemas import Schemas

from pointsman.adapters.otel import names
from pointsman.adapters.providers.table import PROVIDERS


def test_the_names_are_those_of_the_conventions() -> None:
    modules = (gen_ai_attributes, error_attributes, gen_ai_metrics)
    known = {value for module in modules for value in vars(module).values() if isinstance(value, str)}
    used = {value for name, value in vars(names).items() if name.isupper() and isinstance(value, str)}
    assert used - known == {names.VERSION, names.SCHEMA_URL}


def test_the_units_are_those_of_the_conventions() -> None:
    units: dict[str, str] = {}

    class Recording(NoOpMeter):
        def create_histogram(self, name: str, unit: str = "", *rest: object, **more: object) -> None:  # type: ignore[override]  # only its arguments are wanted
            units[name] = unit

    meter: Meter = Recording("test")
    gen_ai_metrics.create_gen_ai_client_operation_duration(meter)
    gen_ai_metrics.create_gen_ai_client_operation_time_to_first_chunk(meter)
    gen_ai_metrics.create_gen_ai_client_token_usage(meter)
    assert units == names.UNITS


def test_well_known_values_are_those_of_the_conventions() -> None:
    assert set(names.OPERATIONS.values()) <= {member.value for member in gen_ai_attributes.GenAiOperationNameValues}


def test_a_row_is_called_what_the_conventions_call_it() -> None:
    known = {member.value for member in gen_ai_attributes.GenAiProviderNameValues}
    assert {row.telemetry_name for row in PROVIDERS.values()} - {None} <= known
    assert {row.name for row in PROVIDERS.values() if row.name in known and row.telemetry_name} == set()


def test_the_boundaries_are_those_of_the_conventions() -> None:
    """Durations double from 10 ms, tokens go by powers of 4: 14 boundaries each (the package does not hold them)."""
    assert tuple(round(0.01 * 2**step, 2) for step in range(14)) == names.SECONDS
    assert tuple(4**step for step in range(14)) == names.TOKENS


def test_the_version_of_the_names_is_the_installed_one() -> None:
    assert version("opentelemetry-semantic-conventions") == names.VERSION
    assert list(Schemas)[-1].value == names.SCHEMA_URL
