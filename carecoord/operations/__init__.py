"""Keeping it running: back-up, restore, the drill, health and figures. Knows every room, and no HTTP."""
