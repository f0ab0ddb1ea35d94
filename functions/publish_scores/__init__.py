"""The PublishScores state."""
