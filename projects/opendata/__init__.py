"""What the public may know of the projects, in the form of OC4IDS 0.9."""
