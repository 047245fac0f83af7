"""What operators open: the log of everything in and out."""
