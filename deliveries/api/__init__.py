"""The REST API of what happened: reading it, sending again, and test messages."""
