"""Models whose answer is a sentence: decoders, and what every one of them has to beat."""
