"""From a corpus on disk to the tables of samples and of what cannot be used."""
