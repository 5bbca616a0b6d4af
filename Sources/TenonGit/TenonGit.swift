enum PlaceholderTenonGit {}
