import Glibc
import TenonCore
import TenonFormat

@testable import TenonStore

/// A work tree with a store that watches, and one that walks: what they find must agree.
final class WatchFixture: @unchecked Sendable {
    let tree: WorkTreeFixture
    let watching = StoreFixture()
    let store: Store

    init(watchLimit: Int? = nil) throws {
        tree = try WorkTreeFixture()
        store = try watching.open { options in
            options.watches = true
            options.watchLimit = watchLimit
        }
    }

    deinit {
        store.close()
    }

    var root: String { tree.root }
    /// Looks without memory.
    var plain: Store { tree.store }

    func place(_ path: String) throws -> ArtifactPlace { try tree.place(path) }

    func write(_ path: String, _ text: String) { tree.write(path, Array(text.utf8)) }
    func write(_ path: String, _ bytes: [UInt8]) { tree.write(path, bytes) }

    /// A directory with files in it and in directories below, old enough to be trusted.
    func fill(_ path: String, files: Int) throws {
        for number in 0..<files {
            write(number % 3 == 0 ? "\(path)/dir\(number % 4)/file\(number)" : "\(path)/file\(number)", "\(path) \(number)")
        }
        tree.settle()
    }

    func look(_ path: String) throws -> Content? {
        guard case .present(let content) = try store.look(place(path), progress: ProgressSink()) else { return nil }
        return content
    }

    /// Compares the answer with a walk by another store.
    func agree(_ path: String) throws {
        let own = try look(path)
        guard case .present(let walked) = try plain.read(place(path), progress: ProgressSink()) else {
            if own != nil { throw TenonError(.internal, "'\(path)' is there for the watcher alone") }
            return
        }
        guard own == walked else { throw TenonError(.internal, "'\(path)' is \(own?.oid.description ?? "absent"), a walk finds \(walked.oid)") }
    }

    func settle(_ path: String) throws {
        tree.settle()
        _ = try look(path)
        _ = try store.settle(place(path), progress: ProgressSink())
    }

    func isUnchanged(_ path: String) throws -> Bool { try store.scan(place(path), ProgressSink())?.isUnchanged ?? false }
    func isWatched(_ path: String) throws -> Bool {
        let place = try place(path)
        return store.watching(place) == .watched && store.watcher?.hasMemory(of: place) == true
    }

    /// Files whose stat is taken at each look.
    func restlessCount(_ path: String) throws -> Int {
        let nodes = try store.scan(place(path), ProgressSink())?.nodes ?? []
        return nodes.reduce(0) { $0 + $1.items.count { $0.kind.isFile && !$0.isSettled } }
    }

    func watch(of path: String) throws -> Int32 { try store.scan(place(path), ProgressSink())?.nodes.first?.watch ?? 0 }

    func change(_ path: String, _ what: String) throws {
        let top = "\(root)/\(path)"
        func overwrite(_ name: String, _ text: String, _ flags: Int32) {
            let descriptor = open("\(top)/\(name)", O_WRONLY | O_CREAT | flags, 0o644)
            Glibc.write(descriptor, text, text.utf8.count)
            close(descriptor)
        }
        switch what {
        case "write": overwrite("file1", "x", 0)
        case "append": overwrite("dir0/file0", "x", O_APPEND)
        case "replace":
            overwrite("temporary", "new", 0)
            rename("\(top)/temporary", "\(top)/file1")
        case "remove": unlink("\(top)/file2")
        case "chmod": chmod("\(top)/file1", 0o755)
        case "rename": rename("\(top)/file1", "\(top)/dir0/file1")
        case "newFile": overwrite("file10x", "new", 0)
        case "newDirectories": write("\(path)/p/q/r/s/new", "deep")
        case "removeDirectory": removeTree("\(top)/dir1")
        case "moveDirectory": rename("\(top)/dir1", "\(top)/dir0/dir1")
        case "emptyDirectory": mkdir("\(top)/dir", 0o755)
        case "symlink": symlink("file1", "\(top)/link")
        case "truncate": truncate("\(top)/file1", 0)
        case "fileBecomesDirectory":
            unlink("\(top)/file1")
            write("\(path)/file1/inner", "x")
        case "directoryBecomesFile":
            removeTree("\(top)/dir0")
            overwrite("dir0", "file", 0)
        case "exchange": _ = LinuxCalls.rename(AT_FDCWD, "\(top)/dir0", AT_FDCWD, "\(top)/dir1", flags: LinuxCalls.renameExchange)
        case "utimes": tree.setAge("\(path)/file1", 5)
        case "moveAwayAndBack":
            rename("\(top)/dir0", "\(root)/away")
            overwrite("../away/file0", "changed outside", 0)
            rename("\(root)/away", "\(top)/dir0")
        case "hardLinkInside": link("\(top)/file1", "\(top)/dir0/second")
        default: throw TenonError(.internal, "no change is called \(what)")
        }
    }
}

/// A shared mapping for writing of a whole file whose descriptor is closed.
final class Mapping {
    private let start: UnsafeMutableRawPointer
    private let length: Int

    init(_ path: String) throws {
        let descriptor = open(path, O_RDWR)
        defer { close(descriptor) }
        var information = stat()
        fstat(descriptor, &information)
        length = Int(information.st_size)
        guard let start = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), start != MAP_FAILED else {
            throw TenonError(.io, "'\(path)' can't be mapped")
        }
        self.start = start
    }

    deinit {
        munmap(start, length)
    }

    func store(_ value: UInt8, at offset: Int) {
        start.storeBytes(of: value, toByteOffset: offset, as: UInt8.self)
    }
}
