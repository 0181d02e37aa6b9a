"""The steps by which a milestone or an item is handed over and struck off."""
