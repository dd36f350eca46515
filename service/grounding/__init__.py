"""Does a source support a statement, and does a sentence answer a question?"""
