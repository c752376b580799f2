"""What a developer asks a service that runs on their own machine; none of it is there in production."""
