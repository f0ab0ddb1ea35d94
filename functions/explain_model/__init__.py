"""The ExplainModel state."""
