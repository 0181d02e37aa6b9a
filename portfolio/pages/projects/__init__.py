"""A project and the list of them."""
