"""From an address to a file: what it asks, how it is written, how far that has got."""
