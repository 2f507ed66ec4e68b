"""Slow, plain twins of what production does with SQL. They share no code with it."""
