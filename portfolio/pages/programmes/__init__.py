"""Programmes on pages: the year's plans approved, planned anew, left."""
