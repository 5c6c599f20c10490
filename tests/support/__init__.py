"""What tests stand on: real processes, real servers, which suites there are and what ran."""
