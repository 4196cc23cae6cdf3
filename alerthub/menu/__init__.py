"""What people find their way by: the sidebar's items, where a page stands among them, and the search over all of it."""
