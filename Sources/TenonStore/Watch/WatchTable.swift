import TenonCore

/// Which directories are watched for which artifacts, and what has happened in them. All of it is behind the watcher's lock.
struct WatchTable {
    /// What is known of one artifact.
    struct Artifact {
        let place: ArtifactPlace
        /// What its last look left; `nil` while a look has it, and when there is none that can be relied on.
        var memory: WatchMemory?
        /// A look has its memory, or makes one.
        var isHeld = false
        /// Counts what makes memory worthless, so that a look which had begun before does not leave any.
        var losses = 0
        var refusal: (why: WatchRefusal, until: ContinuousClock.Instant)?
        var watches: Set<Int32> = []
        var touches = Touches()
        /// How often its directory was opened; so a look sees its own opening come back.
        var openings = 0
        /// The last event of any kind, and the last that changed something.
        var lastActivity: ContinuousClock.Instant?
        var lastChange: ContinuousClock.Instant?
        /// Whether something happened that nobody has looked at in the background yet, and whether that was a change.
        var isWaiting = false
        var isChanged = false
        /// No look in the background before this.
        var restsUntil: ContinuousClock.Instant?

        /// When it will have been quiet for so long; `nil` if nobody need look.
        func due(after quiet: Duration) -> ContinuousClock.Instant? {
            guard isWaiting, !isHeld, let last = isChanged ? lastChange : lastActivity else { return nil }
            return max(last + quiet, restsUntil ?? last)
        }
    }

    /// What a watched directory is to an artifact.
    enum Role: Equatable {
        /// The top of what a look walks: the artifact itself, or the directory that a file artifact lies in.
        case top
        case inner
        /// Holds the artifact, by this name.
        case around([UInt8])
    }

    struct Subscription {
        var artifact: Int
        var role: Role
        /// The name that counts, in a directory that holds a file artifact among others.
        var only: [UInt8]?
    }

    private(set) var artifacts: [Int: Artifact] = [:]
    private var numbers: [ArtifactPlace: Int] = [:]
    /// No number is given twice, so that one which was forgotten means nothing.
    private var nextNumber = 0
    private var subscriptions: [Int32: [Subscription]] = [:]

    /// Directories that are watched.
    var watchCount: Int { subscriptions.count }
    /// Entries in all memories that are not in a look's hands.
    var entryCount: Int { artifacts.values.reduce(0) { $0 + ($1.memory?.entryCount ?? 0) } }

    mutating func number(of place: ArtifactPlace) -> Int {
        if let number = numbers[place] { return number }
        let number = nextNumber
        nextNumber += 1
        numbers[place] = number
        artifacts[number] = Artifact(place: place)
        return number
    }

    subscript(place: ArtifactPlace) -> Artifact? {
        numbers[place].flatMap { artifacts[$0] }
    }

    /// Changes what is known of an artifact that has a number.
    @discardableResult
    mutating func update<Value>(_ number: Int, _ body: (inout Artifact) -> Value) -> Value? {
        guard var artifact = artifacts[number] else { return nil }
        // Without this its collections would be copied.
        artifacts[number] = nil
        defer { artifacts[number] = artifact }
        return body(&artifact)
    }

    // MARK: Directories

    /// Whether `artifact` already has the directory with this watch as one of its own.
    func has(_ watch: Int32, for artifact: Int) -> Bool {
        subscriptions[watch]?.contains { $0.artifact == artifact && !$0.role.isAround } ?? false
    }

    func isKnown(_ watch: Int32) -> Bool { subscriptions[watch] != nil }

    mutating func subscribe(_ watch: Int32, _ subscription: Subscription) {
        subscriptions[watch, default: []].append(subscription)
        artifacts[subscription.artifact]?.watches.insert(watch)
    }

    /// Takes watches from an artifact; returns those that nobody needs any more.
    mutating func unsubscribe(_ watches: some Collection<Int32>, of artifact: Int) -> [Int32] {
        var unused: [Int32] = []
        for watch in watches {
            artifacts[artifact]?.watches.remove(watch)
            guard var rest = subscriptions[watch] else { continue }
            rest.removeAll { $0.artifact == artifact }
            subscriptions[watch] = rest.isEmpty ? nil : rest
            if rest.isEmpty { unused.append(watch) }
        }
        return unused
    }

    /// Forgets all that is known of an artifact's directories, before it is walked anew; returns the watches that nobody needs any more.
    mutating func reset(_ artifact: Int) -> [Int32] {
        guard let watches = artifacts[artifact]?.watches else { return [] }
        artifacts[artifact]?.touches = Touches()
        artifacts[artifact]?.memory = nil
        return unsubscribe(watches, of: artifact)
    }

    /// Forgets an artifact, if no look has it; returns the watches that nobody needs any more.
    mutating func forget(_ place: ArtifactPlace) -> [Int32] {
        guard let number = numbers[place], artifacts[number]?.isHeld == false else { return [] }
        defer {
            numbers[place] = nil
            artifacts[number] = nil
        }
        return reset(number)
    }

    // MARK: Events

    /// Notes what has happened. Returns whether someone should look at an artifact in the background.
    mutating func take(_ event: Inotify.Event, at now: ContinuousClock.Instant) -> Bool {
        if event.has(Inotify.Event.overflow) {
            loseAll(at: now)
            return true
        }
        guard let subscribers = subscriptions[event.watch] else { return false }
        var isNews = false
        for subscriber in subscribers {
            guard var artifact = artifacts[subscriber.artifact] else { continue }
            artifacts[subscriber.artifact] = nil
            defer { artifacts[subscriber.artifact] = artifact }
            if WatchTable.note(event, for: subscriber, in: &artifact, at: now) {
                artifact.isWaiting = true
                isNews = true
            }
        }
        // The kernel has removed the watch, because the directory is gone; its number is not used again soon.
        if event.has(Inotify.Event.ignored) {
            subscriptions[event.watch] = nil
            for subscriber in subscribers { artifacts[subscriber.artifact]?.watches.remove(event.watch) }
        }
        return isNews
    }

    /// Returns whether it is news for the background.
    private static func note(
        _ event: Inotify.Event, for subscriber: Subscription, in artifact: inout Artifact, at now: ContinuousClock.Instant
    ) -> Bool {
        if event.has(Inotify.Event.unmount | Inotify.Event.ignored) {
            if event.has(Inotify.Event.unmount) { artifact.losses += 1 }
            artifact.touches.markGone(event.watch)
            artifact.noteChange(at: now)
            return true
        }
        if event.name.isEmpty {
            if subscriber.role == .top, event.has(Inotify.Event.open) { artifact.openings += 1 }
            guard event.has(Inotify.Event.ownRemoval | Inotify.Event.ownMove) else { return false }
            artifact.noteChange(at: now)
            return true
        }
        let isStructural = event.has(Inotify.Event.structure)
        switch subscriber.role {
        case .around(let name):
            // Only whether it is there; what is in it has watches of its own.
            guard isStructural, event.name == name else { return false }
        case .top, .inner:
            if let only = subscriber.only, event.name != only { return false }
            // Directories are read and closed without meaning; their times and modes are not content.
            if event.has(Inotify.Event.directory), !isStructural { return false }
            artifact.touches.add(event.watch, event.name, event.mask)
        }
        artifact.lastActivity = now
        if event.has(Inotify.Event.changes) { artifact.noteChange(at: now) }
        return true
    }

    /// Events were lost, or paths lead elsewhere: nothing that is remembered can be relied on.
    mutating func loseAll(at now: ContinuousClock.Instant) {
        for number in artifacts.keys {
            update(number) { artifact in
                artifact.losses += 1
                artifact.memory = nil
                artifact.isWaiting = true
                artifact.noteChange(at: now)
            }
        }
    }
}

extension WatchTable.Artifact {
    fileprivate mutating func noteChange(at now: ContinuousClock.Instant) {
        lastChange = now
        lastActivity = now
        isChanged = true
    }
}

extension WatchTable.Role {
    fileprivate var isAround: Bool {
        if case .around = self { return true }
        return false
    }
}
