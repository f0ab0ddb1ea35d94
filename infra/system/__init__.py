"""This machine: processes, listening ports, log files, HTTP."""
