"""What ties the rooms together: `live` is one open session with all attached, `files` the verdict on files."""
