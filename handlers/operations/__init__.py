"""What operators run and read: starting, release, load, doctor, health, the log."""
