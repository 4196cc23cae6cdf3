"""What people and programs may enter: which characters, numbers and moments. Pure."""
