"""The guard of a stack's servers: no web page of another origin reaches them, and none starts on unknown sources."""
