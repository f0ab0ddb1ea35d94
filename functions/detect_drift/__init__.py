"""The DetectDrift state."""
