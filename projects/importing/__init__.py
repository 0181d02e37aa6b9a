"""Sheets that people fill in: read, understood, shown before they are written, written whole."""
