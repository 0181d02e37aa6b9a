"""Writes of exports."""
