"""What people edit: sources, targets, rules, severity words and tokens. Knows nothing of what happened."""
