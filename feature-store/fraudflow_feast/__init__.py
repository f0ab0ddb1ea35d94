"""Feast as the store of histories: its repository, of the project's definitions, and its server behind the guard."""
