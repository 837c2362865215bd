"""A CNN and a recurrent net trained together, held against what is trained on D' of the same frames."""
