"""The work report as reviewed data: reading it, checking it, and saying what was taken from it."""
