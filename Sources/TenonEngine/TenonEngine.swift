enum PlaceholderTenonEngine {}
