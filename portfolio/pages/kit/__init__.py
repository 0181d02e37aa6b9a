"""What every page shares: who may open it, what it may load, how it says what went wrong."""
