"""The MeasureTraffic state."""
