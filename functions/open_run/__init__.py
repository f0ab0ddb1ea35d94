"""The OpenRun state."""
