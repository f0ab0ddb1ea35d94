"""The pure part: no AWS, no MLflow, no environment, no clock, no network."""
