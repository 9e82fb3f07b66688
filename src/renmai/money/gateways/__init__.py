"""Gateways to payment providers, behind one protocol. The top room of the wing: it speaks to providers for the others.

`rules` says what a gateway is, `registry` which there are, `actions` what is sent out. What comes in is verified by the
gateway and handed on as `money.payments.rules.Message`; nothing else of a provider is known to the house.
"""
