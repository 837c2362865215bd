"""From a text to its tokens: words, characters, or pieces that are learned."""
