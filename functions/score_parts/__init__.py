"""The ScoreParts state."""
