"""Milestones on pages: done, handed over, moved to a later day."""
