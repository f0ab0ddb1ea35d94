"""The PublishResults state."""
