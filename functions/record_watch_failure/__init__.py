"""The RecordWatchFailure state."""
