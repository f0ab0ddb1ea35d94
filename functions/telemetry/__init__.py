"""Telemetry of a run: the metrics, declared as data, their values, and the status of its execution."""
