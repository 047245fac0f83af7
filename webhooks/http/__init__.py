"""What all routes share: errors, headers, limits, priority, language."""
