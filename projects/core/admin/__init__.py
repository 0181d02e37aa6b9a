"""The admin that all registers of the app are."""
