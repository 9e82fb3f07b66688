"""`renmai replay DIR`: real orders of Olist's public tables, driven through the same lanes a person would use.

reader    the tables -> orders as they were
plan      orders -> what happens when, in causal order
set_up    suppliers, products, shops and buyers that the orders name, set by set
drive     day by day through the lanes, with time injected
reconcile what came of it, and what does not add up
command   the command itself, in an open house
"""
