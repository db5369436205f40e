"""Answers over HTTP; imports nothing of training."""
