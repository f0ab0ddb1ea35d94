"""The LoadData state."""
