"""The loop: what became of decisions, what that is worth, and when a model is retrained, promoted or rolled back."""
