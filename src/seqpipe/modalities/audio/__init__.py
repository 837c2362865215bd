"""Sound: recordings, and the sound of videos."""
