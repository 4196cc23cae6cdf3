"""From a notification to deliveries that are owed: who is told, in which conversation, and what is kept back."""
