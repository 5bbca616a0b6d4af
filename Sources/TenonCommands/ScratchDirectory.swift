import Glibc
import TenonAPI

/// A directory of a command's own, with a place to work in it.
struct ScratchDirectory {
    private let path: String
    /// The place to work in: empty at first.
    var work: String { path + "/work" }

    /// - Parameter purpose: a word for its name.
    init(_ purpose: String = "rerun") throws(TenonError) {
        let parent = TerminalDevice.environment("TMPDIR").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
        var template = Array("\(parent)/tenon-\(purpose)-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in buffer.baseAddress.flatMap { mkdtemp($0) } != nil }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard made, mkdir(work, 0o700) == 0 else {
            throw TenonError(.io, "no directory can be made in '\(displayName(parent.utf8))'", cause: String(cString: strerror(errno)))
        }
    }

    /// Removes it with all that is in it, following no link.
    func remove() { ScratchDirectory.remove(Array(path.utf8)) }

    private static func remove(_ path: [UInt8]) {
        if unlink(path.zeroTerminated) == 0 { return }
        // What a command has made unreadable is its own no more.
        chmod(path.zeroTerminated, 0o700)
        guard let directory = opendir(path.zeroTerminated) else { return }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { continue }
            remove(path + [UInt8(ascii: "/")] + name)
        }
        closedir(directory)
        rmdir(path.zeroTerminated)
    }
}
