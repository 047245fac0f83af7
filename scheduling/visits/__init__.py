"""The commands that change a visit, and the transition function that all of them use."""
