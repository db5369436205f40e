"""The web application: the road as pages, each with a `.json` twin made from the same dictionary."""
