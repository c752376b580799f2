"""The doors: each reads its own kind of request into what is asked, and words outcomes and refusals in its own way."""
