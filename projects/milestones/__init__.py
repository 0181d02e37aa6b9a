"""Dated promises of a project, and the requests that move them."""
