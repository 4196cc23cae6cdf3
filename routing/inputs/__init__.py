"""What people and programs may enter: characters, numbers, moments, and what an exception says to whoever did. Pure."""
