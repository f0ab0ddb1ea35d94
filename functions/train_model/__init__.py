"""The TrainModel state."""
