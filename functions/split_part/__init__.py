"""The SplitPart state."""
