"""Both solutions of transfer learning on a grid, side by side."""
