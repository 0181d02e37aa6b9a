"""Which tiers there are of each kind of deadline, and who opted out of which."""
