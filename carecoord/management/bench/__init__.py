"""Benchmarks: figures measured side by side, in one run, on one machine. `manage.py bench` runs them."""
