"""The Lambda executor: execution environments that are processes of this machine."""
