"""The viewsets that all resources of the app are."""
