import Glibc
import Synchronization
import TenonCore
import TenonFormat
import Testing

@testable import TenonStore

/// Looks at watched artifacts, against what a walk finds.
struct WatchTests {
    let tree: WatchFixture

    init() throws {
        tree = try WatchFixture()
    }

    @Test func anUntouchedArtifactIsAnsweredFromMemory() throws {
        try tree.fill("data", files: 30)
        let first = try tree.look("data")
        try tree.settle("data")
        #expect(try tree.restlessCount("data") == 0)
        // A walk would meet the socket and refuse it; nobody tells of a file that was there already, so only memory can answer.
        #expect(try tree.look("data") == first)
        #expect(try tree.isUnchanged("data"))
    }

    @Test(arguments: [
        "write", "append", "replace", "remove", "chmod", "rename", "newFile", "newDirectories", "removeDirectory", "moveDirectory", "emptyDirectory",
        "symlink", "truncate", "fileBecomesDirectory", "directoryBecomesFile", "exchange", "utimes", "moveAwayAndBack", "hardLinkInside",
    ])
    func aChangeIsSeen(_ what: String) throws {
        try tree.fill("data", files: 30)
        _ = try tree.look("data")
        try tree.settle("data")
        try tree.change("data", what)
        try tree.agree("data")
        try tree.settle("data")
        try tree.agree("data")
        #expect(try tree.isWatched("data"))
    }

    @Test func aFileArtifactIsSeenThroughItsDirectory() throws {
        tree.write("model.bin", "one")
        tree.write("other", "x")
        _ = try tree.look("model.bin")
        tree.tree.settle()
        _ = try tree.look("model.bin")
        try tree.settle("model.bin")
        tree.write("other", "y")
        #expect(try tree.isUnchanged("model.bin"))
        tree.write("model.bin", "two")
        try tree.agree("model.bin")
        rename(tree.root + "/other", tree.root + "/model.bin")
        try tree.agree("model.bin")
        unlink(tree.root + "/model.bin")
        #expect(try tree.look("model.bin") == nil)
        tree.write("model.bin/inner", "now a directory")
        try tree.agree("model.bin")
    }

    @Test func storesThroughAMappingAreSeen() throws {
        tree.write("data/array.npy", [UInt8](repeating: 1, count: 8192))
        tree.tree.settle()
        _ = try tree.look("data")
        try tree.settle("data")
        let mapping = try Mapping(tree.root + "/data/array.npy")
        for value in 2...6 as ClosedRange<UInt8> {
            mapping.store(value, at: 4096 * Int(value % 2))
            try tree.agree("data")
            // Long enough for the kernel's clock to tick: the first store alone changes mtime.
            usleep(30_000)
            try tree.settle("data")
        }
    }

    @Test func aMappingMadeBeforeTheArtifactWasWatchedIsSeen() throws {
        tree.write("data/array.npy", [UInt8](repeating: 1, count: 4096))
        tree.tree.settle()
        _ = try tree.plain.look(tree.place("data"), progress: ProgressSink())
        let mapping = try Mapping(tree.root + "/data/array.npy")
        _ = try tree.look("data")
        try tree.settle("data")
        mapping.store(9, at: 0)
        try tree.agree("data")
        usleep(30_000)
        mapping.store(8, at: 0)
        try tree.agree("data")
    }

    @Test func aFileThatIsOpenForWritingIsNotSettled() throws {
        tree.write("data/a", "a")
        tree.write("data/b", "b")
        tree.tree.settle()
        let descriptor = open(tree.root + "/data/a", O_RDWR)
        _ = try tree.look("data")
        tree.tree.settle()
        try tree.settle("data")
        #expect(try tree.restlessCount("data") == 1)
        close(descriptor)
        _ = try tree.look("data")
        try tree.settle("data")
        #expect(try tree.restlessCount("data") == 0)
    }

    @Test func aSecondNameOutsideIsFoundByTheStat() throws {
        tree.write("data/a", "a")
        tree.tree.settle()
        link(tree.root + "/data/a", tree.root + "/outside")
        tree.tree.settle()
        _ = try tree.look("data")
        _ = try tree.look("data")
        try tree.settle("data")
        #expect(try tree.restlessCount("data") == 1)
        let descriptor = open(tree.root + "/outside", O_WRONLY | O_TRUNC)
        write(descriptor, "changed", 7)
        close(descriptor)
        try tree.agree("data")
    }

    @Test func anAncestorThatMovesIsNoticed() throws {
        try tree.fill("a/b/data", files: 10)
        _ = try tree.look("a/b/data")
        try tree.settle("a/b/data")
        rename(tree.root + "/a", tree.root + "/c")
        #expect(try tree.look("a/b/data") == nil)
        try tree.fill("a/b/data", files: 3)
        try tree.agree("a/b/data")
        try tree.agree("c/b/data")
    }

    @Test func aReplacedArtifactIsWatchedAnew() throws {
        try tree.fill("data", files: 10)
        try tree.fill("other", files: 4)
        _ = try tree.look("data")
        try tree.settle("data")
        let status = LinuxCalls.rename(AT_FDCWD, tree.root + "/data", AT_FDCWD, tree.root + "/other", flags: LinuxCalls.renameExchange)
        #expect(status == 0)
        try tree.agree("data")
        tree.write("data/late", "late")
        try tree.agree("data")
    }

    @Test func lostEventsMeanAWalk() throws {
        try tree.fill("data", files: 10)
        _ = try tree.look("data")
        try tree.settle("data")
        tree.store.watcher?.inject(Inotify.Event(watch: -1, mask: Inotify.Event.overflow, name: []))
        #expect(try !tree.isUnchanged("data"))
        try tree.agree("data")
        #expect(try tree.isWatched("data"))
    }

    @Test func aRealOverflowOfTheQueueMeansAWalk() throws {
        try tree.fill("data", files: 4)
        _ = try tree.look("data")
        try tree.settle("data")
        // Nobody empties the queue meanwhile.
        tree.store.watcher?.withoutDraining {
            for number in 0..<20_000 {
                close(open("\(tree.root)/data/a\(number % 2)", O_WRONLY | O_CREAT, 0o644))
            }
            tree.write("data/after", "the event of this one is lost")
        }
        try tree.agree("data")
        #expect(try tree.look("data")?.files == 7)
    }

    @Test func aReachedLimitMeansScanning() throws {
        let tree = try WatchFixture(watchLimit: 3)
        for number in 0..<5 { tree.write("data/\(number)/file", "x") }
        try tree.agree("data")
        #expect(tree.store.watching(try tree.place("data")) == .scanned(.watchLimit))
        tree.write("data/4/file", "y")
        try tree.agree("data")
        // What was taken for it was given back.
        tree.write("small/file", "x")
        try tree.agree("small")
        #expect(try tree.isWatched("small"))
    }

    @Test func crowdsOfNamesAreLookedAtByDirectory() throws {
        try tree.fill("data", files: 10)
        _ = try tree.look("data")
        try tree.settle("data")
        let watch = try tree.watch(of: "data")
        for number in 0..<(Touches.nameLimit + 100) {
            tree.store.watcher?.inject(Inotify.Event(watch: watch, mask: Inotify.Event.create, name: Array("gone\(number)".utf8)))
        }
        tree.write("data/new", "new")
        unlink(tree.root + "/data/file1")
        tree.write("data/dir0/file0", "changed")
        try tree.agree("data")
        #expect(try tree.isWatched("data"))
    }

    @Test func directoriesThatAppearWhileTheyAreLookedAtAreNotMissed() throws {
        try tree.fill("data", files: 5)
        _ = try tree.look("data")
        let isDone = Atomic<Bool>(false)
        try ThreadTeam.run(2) { thread in
            if thread == 1 {
                for number in 0..<300 {
                    tree.tree.makeDirectories("data/n\(number % 7)/m\(number)/k/file")
                    close(open("\(tree.root)/data/n\(number % 7)/m\(number)/k/file", O_WRONLY | O_CREAT, 0o644))
                    if number % 11 == 0 { removeTree("\(tree.root)/data/n\((number + 3) % 7)") }
                }
                isDone.store(true, ordering: .releasing)
            } else {
                while !isDone.load(ordering: .acquiring) { _ = try? tree.look("data") }
            }
        }
        try tree.agree("data")
    }

    @Test func aFileIsInUseWhileItIsOpenForWritingAndNoLonger() throws {
        tree.write("data/a", "a")
        tree.tree.settle()
        _ = try tree.look("data")
        let descriptor = open(tree.root + "/data/a", O_WRONLY | O_APPEND)
        Glibc.write(descriptor, "b", 1)
        #expect(try tree.store.fileBeingWritten(tree.place("data"), progress: ProgressSink()) == Array("a".utf8))
        close(descriptor)
        // At once: whoever commits right after a write has its bytes in the commit.
        #expect(try tree.store.fileBeingWritten(tree.place("data"), progress: ProgressSink()) == nil)
    }

    @Test func aNetworkFileSystemIsNeverWatched() {
        for magic in [0x6969, 0xFF53_4D42, 0x6573_5546, 0x0102_1997, 0x1234] as [UInt32] { #expect(!VolumeTraits(magic: magic).tellsOfChanges) }
        for magic in [0xEF53, 0x9123_683E, 0x0102_1994, 0x794C_7630] as [UInt32] { #expect(VolumeTraits(magic: magic).tellsOfChanges) }
        #expect(!VolumeTraits(magic: 0x794C_7630).leasesCoverMappings)
    }
}
