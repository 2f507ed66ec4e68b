"""Whether a score foretells what it should: past claims, a time split, figures, a challenger, and a verdict by stated rules."""
