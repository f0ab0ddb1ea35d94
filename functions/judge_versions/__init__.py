"""The JudgeVersions state."""
