"""The MergeParts state."""
