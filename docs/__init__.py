"""What must users, administrators and the next engineer know?"""
