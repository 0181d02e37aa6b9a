"""The endpoints of what is made ready to be fetched."""
