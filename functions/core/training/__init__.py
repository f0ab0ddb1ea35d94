"""Candidates: trained, searched, calibrated, cross-fitted, blended, and saved."""
