enum PlaceholderTenonFormat {}
