"""Imports and exports: sheets in, files out."""
