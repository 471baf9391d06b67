"""What is asked of Close, step by step?"""
