"""The LogMetrics state."""
