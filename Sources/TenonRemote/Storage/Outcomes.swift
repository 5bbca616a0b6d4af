/// How a create-only write ended.
package enum CreateOutcome: Hashable, Sendable {
    case created
    /// There is an object of this name; it was left as it is.
    case alreadyThere
}

/// How a compare-and-swap ended.
package enum ReplaceOutcome: Hashable, Sendable {
    case replaced(ObjectTag)
    /// The object is not in the state that was named, or is gone.
    case changed
}

/// How a conditional removal ended.
package enum DeleteOutcome: Hashable, Sendable {
    case deleted
    /// The object is in another state than the one named; it stays.
    case changed
    /// There is no such object.
    case missing
}
