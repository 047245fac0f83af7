"""The commands that change a visit, and the one door they all go through."""
