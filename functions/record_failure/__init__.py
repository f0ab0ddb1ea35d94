"""The RecordFailure state."""
