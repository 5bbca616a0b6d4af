import TenonCore
import TenonFormat

/// Looks up every object of a snapshot, without reading data.
struct ContentCheck {
    let store: Store

    func isComplete(_ pointer: Pointer) throws -> Bool {
        do {
            try store.walk.visit(pointer) { key in
                // Metadata that was read may have come from memory, or from a block of which other parts are damaged.
                guard store.contains(key) else { throw TenonError(.missingContent, "\(key.name) is missing") }
            }
            return true
        } catch let error as TenonError where [.missingContent, .corrupt, .io].contains(error.code) {
            return false
        }
    }
}
