"""The GatherTrainingData state."""
