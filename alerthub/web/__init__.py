"""What stands around every request: which hosts, under which path, for machines or people, and what is said where no view answers."""
