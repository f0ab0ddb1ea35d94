"""What is remembered of entities between transactions: one port, and the engine that is embedded."""
