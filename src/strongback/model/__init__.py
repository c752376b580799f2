"""The model, as frozen data: what a service has and who may do what. JSON out and in; every door, store and file is a function of it."""
