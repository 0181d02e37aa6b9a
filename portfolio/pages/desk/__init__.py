"""Where each person begins: what is due, what waits, what a leader decides."""
