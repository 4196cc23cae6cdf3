"""Who may post and what is secret: tokens and their hashes, secrets at rest, whose address a request has, turns."""
