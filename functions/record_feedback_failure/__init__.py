"""The RecordFeedbackFailure state."""
