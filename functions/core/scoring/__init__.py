"""The compiled model: rows in, scores and reasons out, for files and single transactions alike."""
