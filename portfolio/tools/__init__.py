"""What is not part of the running system: one machine, synthetic projects, the report, the demo."""
