"""Settings: sources made tables, tables read by the records' types, rules that hold wherever they come from."""
