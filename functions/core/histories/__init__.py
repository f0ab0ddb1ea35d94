"""Histories: what a card, a customer or a device did strictly before a transaction, over sliding windows."""
