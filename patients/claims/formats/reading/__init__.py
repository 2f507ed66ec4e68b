"""What all wire formats share: bytes to numbered lines, lines to fields, headers to plans, rows to `Good` and `Bad`."""
