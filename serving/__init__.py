"""The scoring service: a FastAPI application that scores transactions over HTTP."""
