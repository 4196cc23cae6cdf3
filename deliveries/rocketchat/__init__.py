"""Rocket.Chat's side: its webhooks and its REST API, what its answers mean, and how long to wait."""
