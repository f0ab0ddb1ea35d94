"""The RecordScoringFailure state."""
