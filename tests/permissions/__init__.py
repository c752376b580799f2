"""Whether permissions hold on every path, and whether it would be noticed if they did not."""
