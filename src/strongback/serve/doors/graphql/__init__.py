"""The GraphQL door: documents over HTTP, read into what is asked, and outcomes in the shape of their selections."""
