"""How far back the recurrent models of the last run remember."""
