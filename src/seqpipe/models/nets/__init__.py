"""The nets that models are made of: tensors in, tensors out."""
