"""Where the time goes, for a request and for a job."""
