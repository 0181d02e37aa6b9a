"""Deadlines as a calendar that people subscribe to."""
