enum PlaceholderTenonCommands {}
