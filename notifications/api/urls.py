"""The routes of who is told, when."""

ROUTES: list = []
