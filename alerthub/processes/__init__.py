"""The processes AlertHub is made of, and how they are started, watched and stopped together."""
