"""Reports: one small file each says what is asked and what the columns are; everything else
(filters, days of the past, comparison, formats, pages) is shared."""
