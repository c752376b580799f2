"""How the world reaches a service: doors, the guard before them, and who is asking."""
