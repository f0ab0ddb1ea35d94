"""The CheckBatch state."""
