"""First solution of transfer learning: the CNN itself is trained on the target domain."""
