import Glibc
import TenonCore

extension Store {
    /// How looks at a place are answered.
    package enum Watching: Hashable, Sendable {
        /// From memory, as far as nothing was touched.
        case watched
        /// By walking it.
        case scanned(WatchRefusal)
    }

    /// How the next look at `place` will be answered.
    package func watching(_ place: ArtifactPlace) -> Watching {
        watcher?.watching(place) ?? .scanned(.off)
    }

    /// Looks at a watched artifact in the background, so that the next look is cheap: what was touched, and that no one writes to its files.
    ///
    /// Returns how many files could not be settled, those among them that have to be read first.
    package func settle(_ place: ArtifactPlace, progress: ProgressSink) throws -> Int {
        guard watching(place) == .watched, let tree = try scan(place, progress, afterAge: Store.memoryLifetime), let hold = tree.hold,
            let memory = hold.takeMemory()
        else { return 0 }
        let left = try Settling(tree: tree, hold: hold, memory: memory).run(progress)
        if tree.unknownFiles().isEmpty, memory.content == nil { memory.content = try compute(tree) }
        hold.keepSettled(memory)
        return left
    }

    /// After so long a walk tells whether anything was missed: a second name that a file was given elsewhere is told to nobody.
    static let memoryLifetime = Duration.seconds(600)

    /// A file at `place` that has changed and that somebody has open or mapped for writing, by its path in the artifact: what lies there is not
    /// worth reading yet. Reads no bytes.
    package func fileBeingWritten(_ place: ArtifactPlace, progress: ProgressSink) throws -> [UInt8]? {
        try Store.retryingVanished {
            guard let tree = try scan(place, progress) else { return nil }
            for file in tree.unknownFiles() {
                try progress.check()
                let path = tree.path(file)
                let descriptor = tree.base.tryOpen(path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
                guard descriptor >= 0 else { continue }
                defer { Glibc.close(descriptor) }
                // How old the change is does not matter: what was written and closed just now is whole.
                if tree.trust.isQuiet(descriptor) == false { return path }
            }
            return nil
        }
    }
}
