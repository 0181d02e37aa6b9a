"""Rules of what is made ready to be fetched, told without Django."""
