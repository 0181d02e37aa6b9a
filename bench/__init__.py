"""Benchmarks: each prints what it measured, in one run, against what it should be held to."""
