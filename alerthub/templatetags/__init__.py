"""What templates of the whole admin ask for."""
