"""What is seen: one file a page; pure parts in modules whose names begin with an underscore."""
