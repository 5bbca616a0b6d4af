import TenonRemote

/// What goes wrong with a call of a `MemoryStorage`.
package enum StorageFault: Hashable, Sendable {
    /// The call takes so much longer.
    case latency(Duration)
    /// The call is refused and not carried out: 500, 503.
    case refused
    /// The call is refused with a time to stay away.
    case throttled(Duration)
    /// The call is carried out, and its answer is lost.
    case answerLost
    /// The call is not carried out, and never answered until its task is cancelled.
    case silent
    /// A read ends after so many bytes, and the connection with it.
    case cut(after: Int)
    /// A read ends after so many bytes as if that were all.
    case short(Int)
    /// A read delivers other bytes.
    case wrongBytes
    /// A create-only write fails as if someone else were writing (409).
    case conflict
    /// A listing as it was before the latest writes.
    case outdatedListing
    /// A listing that always says that more follows.
    case endlessListing
    /// A listing with a name that was not asked for.
    case foreignName(ObjectName)
}
