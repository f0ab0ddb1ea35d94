"""The EvaluateModel state."""
