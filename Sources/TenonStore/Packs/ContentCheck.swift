import TenonCore
import TenonFormat

/// Looks up every chunk of a snapshot, without reading data.
struct ContentCheck {
    let store: Store

    func isComplete(_ pointer: Pointer) throws -> Bool {
        do {
            switch (pointer.kind, pointer.manifest) {
            case (.file, _): return try hasFile(pointer.oid, size: pointer.size)
            case (.tree, let manifest?): return try hasTree(manifest)
            case (.tree, nil): return false
            }
        } catch let error as TenonError where error.code == .missingContent || error.code == .corrupt {
            return false
        }
    }

    private func hasTree(_ manifest: NodeID) throws -> Bool {
        var isComplete = true
        let reader = ManifestReader(root: manifest) { [store] in try store.read(ObjectKey(type: .node, id: $0.digest)) }
        var cursor = try reader.cursor()
        while isComplete, let entry = try cursor.next() {
            if entry.isFile { isComplete = try hasFile(OID(entry.oid), size: entry.size) }
        }
        return isComplete
    }

    private func hasFile(_ oid: OID, size: UInt64) throws -> Bool {
        guard size > 0, let recipe = try store.recipe(of: oid, size: size) else {
            return size == 0 || store.contains(ObjectKey(type: .data, id: oid.digest))
        }
        var cursor = try recipe.chunks()
        while let chunk = try cursor.next() {
            guard store.contains(ObjectKey(type: .data, id: chunk.id.digest)) else { return false }
        }
        return true
    }
}
