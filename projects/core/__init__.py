"""What every subject stands on: the one writer of rows, querysets, triggers, API and admin."""
