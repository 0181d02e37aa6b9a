"""One file a report: what is asked, which columns, which query."""
