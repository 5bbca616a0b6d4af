enum PlaceholderTenonStore {}
