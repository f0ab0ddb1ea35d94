"""The ReadPart state."""
