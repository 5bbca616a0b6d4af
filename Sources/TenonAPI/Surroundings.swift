/// What `tenon init` found in a work tree that may be data: as much as could be looked at in a short time.
package struct Surroundings: Codable, Sendable {
    /// Something large that Git ignores and Tenon does not track.
    package struct Ignored: Codable, Sendable, Hashable {
        package var path: WirePath
        package var size: UInt64
        /// Regular files in it; `nil`: it is a file itself.
        package var files: UInt64?

        package init(path: WirePath, size: UInt64, files: UInt64? = nil) {
            self.path = path
            self.size = size
            self.files = files
        }
    }

    /// A line of a `.gitattributes` that sends files to Git LFS.
    package struct LFSPattern: Codable, Sendable, Hashable {
        package var file: WirePath
        package var line: Int
        package var pattern: String

        package init(file: WirePath, line: Int, pattern: String) {
            self.file = file
            self.line = line
            self.pattern = pattern
        }
    }

    /// The largest first.
    package var ignored: [Ignored] = []
    package var lfsPatterns: [LFSPattern] = []
    /// Files that Git LFS has, and their bytes.
    package var lfsFiles: UInt64 = 0
    package var lfsBytes: UInt64 = 0
    /// The first of the `.dvc` files that Git tracks, how many there are, and the bytes that they name.
    package var dvc: [WirePath] = []
    package var dvcFiles: UInt64 = 0
    package var dvcBytes: UInt64 = 0
    /// How many stages the `dvc.yaml` at the top has, where it is what `tenon repro` reads; `nil`: none, or an older daemon, which does not look.
    package var dvcStages: Int?
    /// Whether all of it was looked at; else there may be more, and sizes are the least.
    package var isComplete = true

    package init() {}

    private enum CodingKeys: String, CodingKey {
        case ignored, lfsPatterns, lfsFiles, lfsBytes, dvc, dvcFiles, dvcBytes, dvcStages
        case isComplete = "complete"
    }
}
