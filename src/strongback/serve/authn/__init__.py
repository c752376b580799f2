"""Who is asking: bearer tokens, the keys they are signed with, and what their claims say."""
