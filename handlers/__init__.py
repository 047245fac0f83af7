"""The application: for each thing that happens, one function and one transaction that connects `bot` and `scheduling`."""
