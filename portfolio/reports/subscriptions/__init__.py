"""Reports that come by mail by themselves, in a rhythm, each with its reader's rights."""
