"""What this machine, this installation and this folder have, and what they lack: a check each, in a registry."""
