"""The CheckLabels state."""
