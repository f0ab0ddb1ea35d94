"""Ingestion: decoding, parsing and checking of an upload, with one sentence on each fault."""
