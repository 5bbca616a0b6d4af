/// What a storage was seen to do: a probe's result, kept with the remote's configuration.
package struct Capabilities: Hashable, Sendable, Codable {
    /// New objects can be written: without that, the remote can only be fetched from.
    package var writes = false
    /// A create-only write leaves an object that is there as it is. Without it, two who write one name at once may replace each other.
    package var createOnly = false
    /// A compare-and-swap with an outdated tag, or on a missing object, is refused.
    package var compareAndSwap = false
    /// A removal with an outdated tag is refused. Without it, a remote is not swept.
    package var conditionalDelete = false

    package init() {}
}
