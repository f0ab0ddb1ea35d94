"""The PreprocessData state."""
