"""Problems that stand in a project's way, and the loop that closes them."""
