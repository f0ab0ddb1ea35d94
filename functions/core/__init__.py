"""The pure part: no AWS, no MLflow, no environment, no clock, no network."""

from pathlib import Path

# Registered models name their classes by path; those of release 0.1 by the paths of then.
__path__.append(str(Path(__file__).with_name("aliases")))
