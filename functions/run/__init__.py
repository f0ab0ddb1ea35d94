"""What the states of one run share: its files, its records, its settings made objects, the champion's artifacts."""
