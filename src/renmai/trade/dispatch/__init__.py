"""Dispatch: what a supplier needs between a paid order and the carrier: pick lists, slips, labels, files of numbers."""
