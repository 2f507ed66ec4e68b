"""The logic of measures, a family a file. Definitions hold codes and numbers; kinds hold the SQL."""
