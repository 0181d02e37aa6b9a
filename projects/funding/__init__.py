"""Money that is sought for a project."""
