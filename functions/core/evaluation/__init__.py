"""Evaluation on held-out rows: metrics, intervals, costs, decision thresholds, importances and promotion."""
