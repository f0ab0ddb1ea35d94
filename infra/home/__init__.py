"""A stack's home directory: its state, keys, databases and the environment of its processes."""
