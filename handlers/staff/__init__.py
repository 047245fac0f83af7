"""What officers are sent: cards, answer codes, request lists, flags, alerts, the outcome of their decisions."""
