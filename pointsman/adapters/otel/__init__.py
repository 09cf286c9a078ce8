"""OpenTelemetry: a span and metrics for every upstream call."""
