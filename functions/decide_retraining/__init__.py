"""The DecideRetraining state."""
