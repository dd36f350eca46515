"""Offline evaluation: does the product answer truly, and does it stay grounded?"""
