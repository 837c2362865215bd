"""From the feature store to D'."""
