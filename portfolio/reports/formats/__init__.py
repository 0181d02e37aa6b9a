"""Formats of a report beside JSON and CSV; each is made from the rows that the JSON shows."""
