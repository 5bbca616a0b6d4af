enum PlaceholderTenonServer {}
