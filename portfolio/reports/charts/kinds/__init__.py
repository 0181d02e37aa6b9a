"""One file a kind of chart: what it shows of a report's rows, and how it is told in words."""
