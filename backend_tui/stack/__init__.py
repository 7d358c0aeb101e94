"""The embedded services and their life: started behind the first frame, watched, never orphaned."""
