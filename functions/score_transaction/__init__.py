"""The ScoreTransaction function."""
