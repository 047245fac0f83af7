"""What operators start and look at: build, release, load, doctor, health, the log."""
