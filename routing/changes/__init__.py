"""The record of changes: what a row was, who changed it and why, and how it is brought back."""
