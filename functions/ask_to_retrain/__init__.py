"""The AskToRetrain state."""
