"""Conditions found in claims, each with the claims that prove it."""
