import TenonCore

/// The release of the `git` program, as far as its numbers tell.
package struct GitVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var major: Int
    package var minor: Int
    package var patch: Int

    package init(_ major: Int, _ minor: Int, _ patch: Int = 0) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// From what `git version` prints: `git version 2.39.5`, `git version 2.54.0-rc1`, `git version 2.39.5 (Apple Git-154)`.
    package init?(parsing line: String) {
        guard let word = line.split(separator: " ").dropFirst(2).first, line.hasPrefix("git version ") else { return nil }
        let numbers = word.split(separator: ".").prefix(3).map { Int($0.prefix { ("0"..."9").contains($0) }) }
        guard numbers.count >= 2, let major = numbers[0], let minor = numbers[1] else { return nil }
        self.init(major, minor, numbers.count > 2 ? numbers[2] ?? 0 : 0)
    }

    package var description: String { "\(major).\(minor).\(patch)" }

    package static func < (left: GitVersion, right: GitVersion) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }

    /// The first that runs hooks named in its configuration (`hook.<name>.command`, git-hook(1)).
    package static let configuredHooks = GitVersion(2, 54)
}
