"""Alipay: payment pages for computers and phones, refunds, the bill of trades; signed with RSA2."""
