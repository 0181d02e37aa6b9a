"""A simulated year of reminders under fire: ``make test-faults`` (docs: oracle.py, year.py)."""
