"""How far back in time a recurrent net remembers."""
