"""Where data lives, comes from and goes to."""
