"""Programs for whoever works on the repository: generated docs, pins, audits, made-up data."""
