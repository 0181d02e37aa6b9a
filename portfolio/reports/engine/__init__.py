"""What every report shares: parameters, days of the past, rows, comparison."""
