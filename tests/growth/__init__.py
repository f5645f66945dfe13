"""Whatever runs on traffic takes linear time: nobody can stop the recorder with a request."""
