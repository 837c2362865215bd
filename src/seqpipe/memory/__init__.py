"""Long dependencies: how far back the recurrent models of a run remember, seen on the user's own clips."""
