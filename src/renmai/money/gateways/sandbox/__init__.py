"""The sandbox provider: a little payment company of its own, with a payment page and signed, asynchronous webhooks.

It keeps its own books (tables `money_sandbox*`) and speaks to the house only as a provider would: by HTTP.
"""
