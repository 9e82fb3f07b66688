"""Renmai (人脉): open-source, self-hosted social commerce."""
