enum PlaceholderTenonClient {}
