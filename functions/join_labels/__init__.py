"""The JoinLabels state."""
