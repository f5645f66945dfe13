"""The pane under the table: both sides of one conversion, from every angle."""
