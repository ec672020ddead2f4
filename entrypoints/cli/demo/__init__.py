"""The main job, done before one's eyes."""
