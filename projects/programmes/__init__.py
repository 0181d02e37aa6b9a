"""A year's programme: entries, baselines, the plan by month, counts of stages."""
