"""Large tables in parts: how they are read, what is known of each, and how that merges."""
