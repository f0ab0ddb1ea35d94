"""From the bytes of an upload to a checked table, or one sentence on each fault."""
