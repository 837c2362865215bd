"""How far back in time a recurrent net remembers: on the user's own clips, and in exams whose distance is known."""
