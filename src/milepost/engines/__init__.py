"""Where jobs run: the base class and the local engine."""
