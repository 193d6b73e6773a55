"""How the columns, words and conventions of one kind of file are to be understood."""
