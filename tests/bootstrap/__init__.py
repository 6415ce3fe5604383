"""What an organisation has once."""
