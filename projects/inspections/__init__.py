"""The quarterly inspection (§3 of the domain): rounds, scores, results, corrections."""
