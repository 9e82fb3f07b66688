"""Encoders (OBS) that send by RTMP: nginx asks here who may, and its growing recordings become film of the house."""
