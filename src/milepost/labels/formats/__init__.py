"""Labels as files: one module a format, each with what it reads, what it writes and what it cannot hold."""
