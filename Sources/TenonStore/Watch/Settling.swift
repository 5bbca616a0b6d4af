import Glibc
import TenonCore

/// Proves of remembered files that nobody has them open or mapped for writing, so that from then on no change of them goes unseen and looks need
/// not take their stat.
///
/// A lease proves it for the moment in which it is had. It is held until the file is closed, and the kernel tells of the closing before it ends the
/// lease (`__fput` in fs/file_table.c): so an opening for writing is told after the closing, and can't be taken for ours. If nothing but one
/// opening and one closing was told by then, it holds for good.
struct Settling {
    let tree: ArtifactTree
    let hold: WatchHold
    let memory: WatchMemory

    /// Files at a time, so that our own events are far from filling the queue.
    private static let batch = 1024

    /// Settles what can be. Returns the files that somebody writes to, or that can't be asked for a lease.
    func run(_ progress: ProgressSink) throws -> Int {
        var left = 0
        for node in memory.restless {
            let candidates = node.items.indices.filter { node.items[$0].kind.isFile && !node.items[$0].isSettled }
            guard let handle = try? tree.base.directory(node.path) else { return left + candidates.count }
            var rest = candidates[...]
            while !rest.isEmpty {
                try progress.check()
                let batch = rest.prefix(Settling.batch)
                rest = rest.dropFirst(Settling.batch)
                let quiet = batch.map { isQuiet(node.items[$0], node, handle) }
                let untouched = hold.areOwnProbes(batch.map { (node.watch, Array(node.name(node.items[$0]))) })
                for (index, isSettled) in zip(batch, zip(quiet, untouched).map { $0 && $1 }) {
                    node.items[index].isSettled = isSettled
                    if !isSettled { left += 1 }
                }
            }
        }
        memory.restless.removeAll { !$0.isRestless }
        return left
    }

    /// Whether the file is the one that is remembered, has no other name, and gives a lease, which is held until it is closed here.
    private func isQuiet(_ item: DirectoryNode.Item, _ node: DirectoryNode, _ handle: DirectoryHandle) -> Bool {
        guard item.isTrusted, item.isKnown, !item.isShared else { return false }
        let descriptor = handle.tryOpen(node.name(item), flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard tree.trust.isSettled(descriptor) else { return false }
        var information = stat()
        return fstat(descriptor, &information) == 0 && FileStamp(information) == item.stamp && information.st_nlink == 1
    }
}
