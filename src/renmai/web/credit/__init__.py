"""What people see of credit: a seller's record, the log's page, the desks' own, and the line beside a name."""
