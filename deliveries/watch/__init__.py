"""AlertHub looking at itself: what is wrong, since when, and who is told."""
