"""The pages: one file a subject; each turns what `Project` knows into a plain dictionary."""
