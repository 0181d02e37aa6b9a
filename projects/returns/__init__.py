"""The monthly return: opened, filled in, confirmed, accepted; and checks on site."""
