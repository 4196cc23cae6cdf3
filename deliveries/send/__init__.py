"""From a claimed delivery to a message in a room: what it says, by which road it goes, what came of it."""
