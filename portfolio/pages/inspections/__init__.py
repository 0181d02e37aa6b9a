"""Inspections on pages: rounds, score sheets, results, corrections."""
