"""The SelectModel state."""
