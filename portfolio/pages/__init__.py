"""What all pages share: who may open them, what they may load, how they say what went wrong."""
