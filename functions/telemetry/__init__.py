"""What a run reports: the metrics, declared as data, their values, and how its execution stands."""
