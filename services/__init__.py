"""What the cockpit does: the use cases, shared by the web, the machine door and the command line."""
