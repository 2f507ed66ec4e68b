"""What every page is built of: template tags, charts drawn on the server, and a gallery that shows them all. No
models, no rules."""
