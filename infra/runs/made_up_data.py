"""The made-up transactions that people without data of their own begin with, the same everywhere."""

NAME = "synthetic.csv"
ROWS = 20_000
FRAUD_RATE = 0.01
