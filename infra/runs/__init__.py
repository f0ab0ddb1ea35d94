"""The runs of a stack: upload, follow, stop, archive, recover, remove."""
