"""Pages: the kit that all share, the desks, the board, and one folder a subject."""
