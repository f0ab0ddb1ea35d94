"""The ScoreTestPart state."""
