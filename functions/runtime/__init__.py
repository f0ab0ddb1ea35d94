"""What every invocation shares: parse, log, wait for what runs in the background, tell what time is left."""
