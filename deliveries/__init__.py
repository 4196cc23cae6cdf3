"""What happened: notifications accepted, deliveries owed, attempts made, and the way out to Rocket.Chat."""
