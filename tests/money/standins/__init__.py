"""Stand-ins for payment providers: local servers that speak the providers' protocols with real signatures.

They are written from the providers' public documentation and share no code with the clients they test.
"""
