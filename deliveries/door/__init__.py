"""The web's edge: a notification comes in here, or is refused and its refusal kept."""
