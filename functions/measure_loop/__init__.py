"""The MeasureLoop state."""
