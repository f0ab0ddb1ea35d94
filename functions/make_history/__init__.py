"""The MakeHistory state."""
