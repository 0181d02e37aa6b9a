"""A plausible full programme of projects, made from a number: for trying, teaching, measuring."""
