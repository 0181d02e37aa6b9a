"""What follows from several subjects: slips, and the figures of a programme."""
