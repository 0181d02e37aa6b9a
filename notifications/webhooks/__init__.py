"""The same news to other systems: signed, retried, to the open internet only."""
