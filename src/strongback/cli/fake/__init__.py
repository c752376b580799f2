"""What `strongback fake` is made of: the ways in which callers make rows, and who takes them."""
