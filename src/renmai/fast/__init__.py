"""The lane door: hot reads and the hot steps of checkout, raw ASGI under the contract of the API."""
