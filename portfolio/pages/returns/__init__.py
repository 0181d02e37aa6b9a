"""The returns of a month in one grid, one by one, and what waits to be accepted."""
