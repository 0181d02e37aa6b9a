"""Problems on pages, from raising to closing."""
