import ArgumentParser

/// `--lowest`, `--highest`: which end of a metric is the better one.
enum BestValue: String, EnumerableFlag {
    case lowest, highest
}
