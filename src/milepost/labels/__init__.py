"""Labels: what one is, the sets they come from, and the queue in which people give them."""
