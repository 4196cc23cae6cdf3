"""What is counted: the first page's figures, its day, the metrics."""
