"""What must stand before a process works: the environment, the data folder, keys, the database, the first rows."""
