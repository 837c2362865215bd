"""The folder of a user's project: what a new one is made of."""
