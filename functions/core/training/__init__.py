"""Training of candidates: search, cross-fitting, calibration, ensemble and serialisation."""
