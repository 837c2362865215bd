"""The CNN of the source domain and task (D_S, T_S)."""
