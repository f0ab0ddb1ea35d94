"""Keeps web pages of other origins away from the servers of a stack: one policy, and where it is enforced."""
