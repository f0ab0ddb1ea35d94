"""The LogModel state."""
