"""What a rule says and what it means for an alert: matchers, severities, windows, silences, the walk through the rules. Pure."""
