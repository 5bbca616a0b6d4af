import Foundation
import TenonCore
import Testing

@testable import TenonStore

/// Random changes of a watched artifact; after each few of them the answer from memory must be what a walk that reads every byte finds.
struct WatchSoakTests {
    /// `TENON_SOAK_STEPS` makes it longer, `TENON_SOAK_SEED` another.
    @Test func memoryAndWalkAgree() throws {
        let environment = ProcessInfo.processInfo.environment
        let steps = environment["TENON_SOAK_STEPS"].flatMap { Int($0) } ?? 400
        let seed = environment["TENON_SOAK_SEED"].flatMap { UInt64($0) } ?? 7
        let tree = try WatchFixture()
        try tree.fill("data", files: 40)
        var churn = Churn(root: tree.root + "/data", seed: seed)
        var remembered = 0
        for step in 0..<steps {
            // The walk has opened every file; only what is settled again is answered by events alone.
            if churn.number(below: 3) > 0 { _ = try tree.store.settle(tree.place("data"), progress: ProgressSink()) }
            for _ in 0..<churn.number(below: 4) { churn.step() }
            do {
                try tree.agree("data")
            } catch {
                Issue.record("step \(step) of seed \(seed): \(error); last: \(churn.history.suffix(6))")
                return
            }
            if try tree.isWatched("data") { remembered += 1 }
        }
        // Else the test has compared walks with walks.
        #expect(remembered > steps * 9 / 10)
    }

    /// Changes files below a directory, in all the ways that leave different events.
    private struct Churn {
        let root: String
        var generator: SplitMix
        var history: [String] = []
        private var mappings: [Mapping] = []
        private var descriptors: [Int32] = []

        init(root: String, seed: UInt64) {
            self.root = root
            generator = SplitMix(state: seed)
        }

        mutating func number(below limit: Int) -> Int { Int(generator.next() >> 33) % max(1, limit) }

        /// One of few names, so that changes meet.
        private mutating func path() -> String {
            let depth = number(below: 3)
            return root + (0...depth).map { _ in "/n\(number(below: 5))" }.joined()
        }

        private mutating func present() -> String {
            var path = root
            while true {
                let names = ((try? FileSystem().names(in: path)) ?? []).sorted()
                if names.isEmpty || (path != root && number(below: 4) == 0) { return path }
                path += "/" + names[number(below: names.count)]
            }
        }

        mutating func step() {
            let target = present()
            let fresh = path()
            let kind = number(below: 16)
            history.append("\(kind) \(target) \(fresh)")
            switch kind {
            case 0, 1, 2: write(fresh, O_TRUNC)
            case 3: write(target, O_APPEND)
            case 4: rename(target, fresh)
            case 5: _ = LinuxCalls.rename(AT_FDCWD, target, AT_FDCWD, fresh, flags: LinuxCalls.renameExchange)
            case 6: unlink(target)
            case 7: if target != root { removeTree(target) }
            case 8: chmod(target, number(below: 2) == 0 ? 0o755 : 0o744)
            case 9: symlink("somewhere\(number(below: 3))", fresh)
            case 10: mkdir(fresh, 0o755)
            case 11: link(target, fresh)
            case 12: truncate(target, off_t(1 + number(below: 100)))
            case 13:
                if let mapping = try? Mapping(target) { mappings.append(mapping) }
                if mappings.count > 3 { mappings.removeFirst() }
            case 14: mappings.last?.store(UInt8(number(below: 256)), at: 0)
            default:
                let descriptor = open(target, O_WRONLY)
                if descriptor >= 0 { descriptors.append(descriptor) }
                if let first = descriptors.first, descriptors.count > 2 {
                    Glibc.write(first, "late", 4)
                    close(first)
                    descriptors.removeFirst()
                }
            }
        }

        private mutating func write(_ path: String, _ flags: Int32) {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | flags, 0o644)
            guard descriptor >= 0 else { return }
            let text = "\(generator.next())"
            Glibc.write(descriptor, text, text.utf8.count)
            close(descriptor)
        }
    }
}
