"""The way of an inbound message: recorded, interpreted, dispatched, answered."""
