"""How good a model is on rows that it has never seen, what its mistakes cost, and whether it may become champion."""
