"""WeChat Pay, API v3: codes to scan and pages on phones, refunds, transfers to persons, the bill of trades."""
